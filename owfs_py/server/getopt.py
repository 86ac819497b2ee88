"""GNU getopt_long: words of a command line in, options with their values and positional words out.

It knows the grammar and the error lines of the C library, not what any option means.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar


class Arg(enum.Enum):
    """Whether an option takes a value."""

    NONE = enum.auto()
    REQUIRED = enum.auto()
    OPTIONAL = enum.auto()


class Spec(Protocol):
    """What the grammar must know of an option; spellings of one Spec are never ambiguous."""

    @property
    def short(self) -> str:
        """The one-letter form, or nothing."""

    @property
    def names(self) -> tuple[str, ...]:
        """The long forms, without dashes."""

    @property
    def arg(self) -> Arg:
        """Whether it takes a value."""


S = TypeVar("S", bound=Spec)


class GetoptError(Exception):
    """A word that the table does not allow; the text is that of the C library."""


class Found(NamedTuple, Generic[S]):
    """An option met: its entry, its value (None: it has none) and its full spelling."""

    option: S
    value: str | None
    spelled: str


def getopt_long(
    words: Sequence[str],
    table: Sequence[S],
    resolve: Callable[[str], list[tuple[str, S]]] | None = None,
) -> Iterator[Found[S] | str]:
    """Yield the options in order, then the positional words in order.

    `resolve` finds the (name, entry) pairs that a cut name may stand for; by default all that
    start with it. Raises GetoptError at the first wrong word, after yielding those before it.
    """
    exact = {name: option for option in table for name in option.names}
    letters = {option.short: option for option in table if option.short}
    resolve = resolve or (lambda cut: starting_with(cut, table))
    positional: list[str] = []
    queue = iter(words)
    for word in queue:
        if word == "--":
            positional.extend(queue)
        elif word.startswith("--"):
            yield _long_option(word, queue, exact, resolve)
        elif word.startswith("-") and word != "-":
            yield from _letters(word[1:], queue, letters)
        else:
            positional.append(word)
    yield from positional


def starting_with(cut: str, table: Sequence[S]) -> list[tuple[str, S]]:
    """All long names that start with `cut`, in the order of the table."""
    return [(name, option) for option in table for name in option.names if name.startswith(cut)]


def _long_option(
    word: str,
    queue: Iterator[str],
    exact: dict[str, S],
    resolve: Callable[[str], list[tuple[str, S]]],
) -> Found[S]:
    cut, has_value, attached = word[2:].partition("=")
    name, option = _resolve(word, cut, exact, resolve)
    value = attached if has_value else None
    if option.arg is Arg.NONE and value is not None:
        raise GetoptError(f"option '--{name}' doesn't allow an argument")
    if option.arg is Arg.REQUIRED and value is None:
        value = next(queue, None)
        if value is None:
            raise GetoptError(f"option '--{name}' requires an argument")
    return Found(option, value, f"--{name}")


def _resolve(
    word: str,
    cut: str,
    exact: dict[str, S],
    resolve: Callable[[str], list[tuple[str, S]]],
) -> tuple[str, S]:
    if cut in exact:
        return cut, exact[cut]
    candidates = resolve(cut)
    if not candidates:
        raise GetoptError(f"unrecognized option '{word}'")
    first = candidates[0]
    # The C library names the first and those that differ from it, not the other spellings.
    rivals = [name for name, option in candidates if option is not first[1]]
    if rivals:
        shown = " ".join(f"'--{name}'" for name in (first[0], *rivals))
        raise GetoptError(f"option '{word}' is ambiguous; possibilities: {shown}")
    return first


def _letters(cluster: str, queue: Iterator[str], letters: dict[str, S]) -> Iterator[Found[S]]:
    """One word of short options: flags, of which the last may carry a value."""
    for at, letter in enumerate(cluster, start=1):
        option = letters.get(letter)
        if option is None:
            raise GetoptError(f"invalid option -- '{letter}'")
        if option.arg is Arg.NONE:
            yield Found(option, None, f"-{letter}")
            continue
        value: str | None = cluster[at:] or None
        if value is None and option.arg is Arg.REQUIRED:
            value = next(queue, None)
            if value is None:
                raise GetoptError(f"option requires an argument -- '{letter}'")
        yield Found(option, value, f"-{letter}")
        return
