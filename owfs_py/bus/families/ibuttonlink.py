"""The SmartSlave of iButtonLink (FE): temperature and humidity, and a LED."""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import STABLE, celsius, real, text, under, yesno

PROPERTIES = (
    text("subtype", 2, STABLE),
    text("firmware", 5, STABLE),
    *under(
        "TH",
        celsius("temperature"),
        celsius("latesttemp"),
        real("humidity"),
        real("latesthumidity"),
        yesno("led", STABLE, "wo"),
    ),
)

FAMILIES = (Family.make(0xFE, "IBLSS", Feature.TEMPERATURE, PROPERTIES),)
