//! Images inside the mail: what kind of image bytes are, and the `data:` address that shows them.
//!
//! The kind comes from the first bytes, never from what the mail calls it; only raster images are shown. SVG is a
//! document that can load and script, so it is not among them.

use encodify::base64;

/// The media type of a raster image, by its signature.
#[must_use]
pub fn raster_type(bytes: &[u8]) -> Option<&'static str> {
    let webp = || bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    Some(match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        // "BM" alone is two letters of text; the four reserved bytes after the file size are zero.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => "image/bmp",
        _ if webp() => "image/webp",
        _ => return None,
    })
}

/// The `data:` address of a raster image; `None` if `bytes` are no such image.
#[must_use]
pub fn data_uri(bytes: &[u8]) -> Option<String> {
    let media_type = raster_type(bytes)?;
    Some(format!("data:{media_type};base64,{}", base64::STANDARD.encode(bytes)))
}

/// Writes the address of an image that the HTML itself holds (`data:image/…;base64,…`) anew.
pub(super) fn inline(source: &str) -> Option<String> {
    let (head, body) = source.trim().split_once(',')?;
    let head = head.to_ascii_lowercase();
    if !head.starts_with("data:image/") || !head.trim_end().ends_with(";base64") {
        return None;
    }
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let body = body.trim_end_matches('=');
    let bytes = base64::STANDARD_NO_PAD.decode(body).ok()?;
    data_uri(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_signature() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF....WEBPVP8 ", Some("image/webp")),
            (b"BM\x10\0\0\0\0\0\0\0\x36", Some("image/bmp")),
            (b"BM is a text", None),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\">", None),
            (b"<html>", None),
            (b"", None),
        ] {
            assert_eq!(raster_type(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn inline_images_are_written_anew() {
        let gif = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
        assert_eq!(inline(gif).as_deref(), Some(gif));
        assert_eq!(inline(&gif.replace("gif;", "png;")).as_deref(), Some(gif));
        assert_eq!(inline(&gif.replace("R0lG", " R0\nlG")).as_deref(), Some(gif));
        for bad in [
            "data:image/svg+xml,%3Csvg%3E",
            "data:image/svg+xml;base64,PHN2Zz4=",
            "data:text/html;base64,PGI+",
            "data:image/gif,GIF89a",
            "data:image/gif;base64,!!!!",
            "data:image/gif;base64,",
        ] {
            assert_eq!(inline(bad), None, "{bad}");
        }
    }
}
