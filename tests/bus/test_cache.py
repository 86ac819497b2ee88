"""The cache: lifetimes by class, order, size, what is true since when."""

from __future__ import annotations

from owfs_py.bus.cache import ENTRY_OVERHEAD, Cache, Life, Timeouts
from owfs_py.emulator.virtualtime import VirtualClock


def make(**options: int) -> tuple[Cache, VirtualClock]:
    clock = VirtualClock()
    return Cache(clock=clock, **options), clock


def test_each_class_has_its_lifetime() -> None:
    for life, seconds in (
        (Life.VOLATILE, 15),
        (Life.STABLE, 300),
        (Life.DIRECTORY, 60),
        (Life.PRESENCE, 120),
        (Life.SECOND, 1),
    ):
        cache, clock = make()
        cache.put("key", "value", life)
        clock.advance(seconds - 0.01)
        assert cache.get("key") is not None
        clock.advance(0.02)
        assert cache.get("key") is None


def test_what_is_never_kept_replaces_what_was() -> None:
    cache, _ = make()
    cache.put("key", 1, Life.VOLATILE)
    cache.put("key", 2, Life.NEVER)
    assert cache.get("key") is None


def test_a_changed_timeout_holds_for_what_is_there() -> None:
    cache, clock = make()
    cache.put("key", 1, Life.VOLATILE)
    clock.advance(5)
    cache.timeouts.volatile = 3
    assert cache.get("key") is None
    cache.timeouts = Timeouts(volatile=30)
    clock.advance(10)
    assert cache.get("key") is not None


def test_a_value_is_as_old_as_its_measurement() -> None:
    cache, clock = make()
    clock.advance(10)
    until = cache.put("key", 1, Life.VOLATILE, since=clock.now() - 10)
    assert until == clock.now() + 5
    assert cache.get("key", not_before=clock.now()) is None
    assert cache.get("key", not_before=clock.now() - 10) is not None


def test_the_persistent_survives_clearing() -> None:
    cache, _ = make()
    cache.put("name", 1, Life.PERSISTENT)
    cache.put("value", 2, Life.STABLE)
    cache.clear()
    assert cache.get("name") is not None
    assert cache.get("value") is None


def test_the_size_limit_pushes_out_the_oldest() -> None:
    cache, _ = make(max_bytes=3 * (ENTRY_OVERHEAD + 40))
    for number in range(10):
        cache.put(number, b"1234567", Life.STABLE)
    assert cache.get(0) is None
    assert cache.get(9) is not None
    assert cache.bytes <= cache.max_bytes


def test_what_nobody_asks_for_does_not_stay() -> None:
    cache, clock = make()
    for number in range(1000):
        cache.put(number, number, Life.VOLATILE)
    clock.advance(100)
    cache.put("new", 1, Life.VOLATILE)
    assert len(cache) == 1
    assert cache.bytes < 2 * ENTRY_OVERHEAD + 100


def test_what_is_over_can_still_be_had_for_the_time_of_stale() -> None:
    cache, clock = make()
    cache.timeouts.stale = 60
    cache.put("name", 1, Life.VOLATILE)
    clock.advance(16)
    cache.put("new", 1, Life.VOLATILE)  # which sweeps
    assert cache.get("name") is None
    last = cache.last("name")
    assert last is not None
    assert last.value == 1
    clock.advance(60)
    assert cache.last("name") is None
    cache.put("newer", 1, Life.VOLATILE)
    assert len(cache) == 2


def test_without_stale_what_is_over_is_gone() -> None:
    cache, clock = make()
    cache.put("name", 1, Life.VOLATILE)
    assert cache.last("name") is not None
    clock.advance(16)
    assert cache.last("name") is None
