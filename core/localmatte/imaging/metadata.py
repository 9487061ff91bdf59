"""What of a photo's EXIF data may travel with what is made of it."""

from __future__ import annotations

from PIL import ExifTags, Image

# Only what is named here is copied: a maker's own notes, a TIFF's private tags and a second
# directory hold small pictures of the whole scene.
DESCRIPTION = (
    ExifTags.Base.DocumentName,
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.HostComputer,
    ExifTags.Base.Rating,
    ExifTags.Base.RatingPercent,
    ExifTags.Base.Copyright,
    ExifTags.Base.XPTitle,
    ExifTags.Base.XPComment,
    ExifTags.Base.XPAuthor,
    ExifTags.Base.XPKeywords,
    ExifTags.Base.XPSubject,
)
UNFIT = {
    "ExifOffset",
    "GPSInfo",
    "InterColorProfile",
    "MakerNote",
    "MakerNoteSafety",
    "FlashPixVersion",
    "RelatedSoundFile",
    "ExifInteroperabilityOffset",
    "ImageUniqueID",
    # A place in the image as the camera held it.
    "SubjectLocation",
}
CAPTURE = tuple(
    tag
    for tag in ExifTags.Base
    if ExifTags.Base.ExposureTime <= tag <= ExifTags.Base.LensSerialNumber
    and not (ExifTags.Base.XPTitle <= tag <= ExifTags.Base.XPSubject)
    and tag.name not in UNFIT
)
"""How and when the photo was taken, without the maker's notes."""

DIRECTORIES = {
    ExifTags.IFD.Exif: CAPTURE,
    ExifTags.IFD.GPSInfo: tuple(ExifTags.GPS),
}


def portable(exif: Image.Exif, width: int, height: int) -> Image.Exif:
    """EXIF data without pictures, and without what is true of the file that it came from alone.

    Args:
        exif: It is not changed.
        width: Of the picture that it is to stand in, in pixels.
        height: The same picture's.

    Returns:
        The data; where they tell the picture's size, the new one.
    """
    size: dict[int, int] = {
        ExifTags.Base.ExifImageWidth: width,
        ExifTags.Base.ExifImageHeight: height,
    }
    kept = Image.Exif()
    kept.update({tag: exif[tag] for tag in DESCRIPTION if tag in exif})
    for directory, tags in DIRECTORIES.items():
        values = exif.get_ifd(directory)
        found = {tag: size.get(tag, values[tag]) for tag in tags if tag in values}
        if found:
            kept[directory] = found
    return kept


def fitting(exif: Image.Exif, most: int) -> bool:
    """Remove the largest fields, in place, until the data fits.

    Args:
        exif: The EXIF data; it is changed.
        most: The largest size allowed, in bytes.

    Returns:
        Whether anything was removed.
    """
    taken = False
    while len(exif.tobytes()) > most:
        places = [(exif, tag) for tag in exif if tag not in DIRECTORIES]
        places += [(exif[name], tag) for name in DIRECTORIES if name in exif for tag in exif[name]]
        directory, tag = max(places, key=lambda place: len(str(place[0][place[1]])))
        del directory[tag]
        taken = True
    return taken
