"""Make resources/fonts from Inter and JetBrains Mono: the same outlines under family names of our own.

A font of the same family that a system has installed would win over the one we ship, and the window would
look different there. Fonts under the SIL Open Font License may be changed when their name changes with them.

    npm pack @expo-google-fonts/inter @expo-google-fonts/jetbrains-mono    # then unpack both
    python packaging/rename_fonts.py INTER_FOLDER JETBRAINS_MONO_FOLDER

Each folder is the unpacked `package/` with `400Regular/...ttf` and `LICENSE_FONT` in it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "resources" / "fonts"
STYLES = {"400Regular": "Regular", "500Medium": "Medium", "600SemiBold": "SemiBold"}
WINDOWS_ENGLISH = (3, 1, 0x409)
"""Platform, encoding, language of the only names these files have."""


def rename(source: Path, family: str, style: str) -> None:
    """Write `source` to resources/fonts as `family` `style`; outlines and licence names stay."""
    font = TTFont(source, recalcTimestamp=False)
    file_name = f"{family.replace(' ', '')}-{style}"
    # OpenType `name` table: 1 and 2 are the old family and style (four styles at most), 16 and 17 the real ones.
    names = {
        1: family if style == "Regular" else f"{family} {style}",
        2: "Regular",
        3: f"tlslab;{file_name}",
        4: f"{family} {style}",
        6: file_name,
        16: family,
        17: style,
        25: family.replace(" ", ""),
    }
    for name_id, text in names.items():
        font["name"].setName(text, name_id, *WINDOWS_ENGLISH)
    font.save(FONTS / f"{file_name}.ttf")


def main(inter: Path, jetbrains_mono: Path) -> None:
    """Rename three weights of Inter and two of JetBrains Mono, and put their licences beside them."""
    FONTS.mkdir(parents=True, exist_ok=True)
    for folder, family, weights in (
        (inter, "Tlslab Sans", ("400Regular", "500Medium", "600SemiBold")),
        (jetbrains_mono, "Tlslab Mono", ("400Regular", "500Medium")),
    ):
        for weight in weights:
            (source,) = (folder / weight).glob("*.ttf")
            rename(source, family, STYLES[weight])
        licence = f"OFL-{family.split()[1]}.txt"
        shutil.copyfile(folder / "LICENSE_FONT", FONTS / licence)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
