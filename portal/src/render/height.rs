//! Estimates how high sanitised HTML is, as nothing in its frame may run to tell.
//!
//! Lines of text are counted by their length, blocks by their margins, table rows as if their cells filled the width
//! evenly. A guess that is wrong costs the reader a scroll bar or some empty room, and he can drag the frame's edge.

/// Widths of the frame, in CSS pixels: in a desktop's window, and on a phone.
pub(super) const DESKTOP: u32 = 900;
pub(super) const PHONE: u32 = 310;

/// Width of a letter and height of a line at the frame's font size.
const LETTER: u32 = 8;
const LINE: u32 = 24;
/// The frame's own padding.
const PADDING: u32 = 48;
/// An image that says nothing about its height.
const IMAGE: u32 = 160;
const LOWEST: u32 = 120;
const HIGHEST: u32 = 12_000;

/// The height of a frame for content of this height.
pub(super) fn bounded(height: u32) -> u32 {
    height.saturating_add(height / 8).clamp(LOWEST, HIGHEST)
}

/// The height of one piece at this width.
pub(super) fn estimate(html: &str, width: u32) -> u32 {
    let mut height = PADDING;
    // Letters in the line that is being filled.
    let mut letters: u32 = 0;
    let mut rest = html;
    while !rest.is_empty() {
        let (text, after) = rest.split_once('<').unwrap_or((rest, ""));
        letters = letters.saturating_add(letters_of(text));
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        rest = after;
        let name = tag.trim_start_matches('/').split([' ', '>', '/']).next().unwrap_or_default();
        let extra = match name {
            "p" | "ul" | "ol" | "h4" | "h5" | "h6" if tag.starts_with('/') => 16,
            "h1" | "h2" | "h3" if tag.starts_with('/') => 40,
            "br" | "div" | "tr" | "li" | "dt" | "dd" | "blockquote" | "section" | "article" | "pre" | "p"
            | "ul" | "ol" | "table" | "h1" | "h2" | "h3" => 0,
            "hr" => 18,
            "img" => {
                height = height.saturating_add(image(tag));
                continue;
            }
            "td" | "th" => {
                letters = letters.saturating_add(2);
                height = height.saturating_add(pixels(tag, "height").unwrap_or(0) / 2);
                continue;
            }
            _ => continue,
        };
        let blank = name == "br" && letters == 0;
        height = height.saturating_add(lines(std::mem::take(&mut letters), width)).saturating_add(extra);
        height = height.saturating_add(if blank { LINE } else { 0 });
    }
    height.saturating_add(lines(letters, width))
}

/// Letters of a text, runs of white space counted once.
fn letters_of(text: &str) -> u32 {
    let words = text.split_whitespace().map(|word| u32::try_from(word.chars().count()).unwrap_or(u32::MAX));
    words.fold(0, |sum, word| sum.saturating_add(word).saturating_add(1))
}

fn lines(letters: u32, width: u32) -> u32 {
    letters.saturating_mul(LETTER).div_ceil(width).saturating_mul(LINE)
}

/// The height of an image; one without an address shows nothing but its words.
fn image(tag: &str) -> u32 {
    if tag.contains(" src=") { pixels(tag, "height").unwrap_or(IMAGE) } else { 0 }
}

/// The number of an attribute.
fn pixels(tag: &str, attribute: &str) -> Option<u32> {
    let (_, value) = tag.split_once(&format!(" {attribute}=\""))?;
    value.split('"').next()?.trim_end_matches("px").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_content_is_higher() {
        let short = estimate("<p>Hello</p>", DESKTOP);
        let long = estimate(&format!("<p>{}</p>", "word ".repeat(1000)), DESKTOP);
        let narrow = estimate(&format!("<p>{}</p>", "word ".repeat(1000)), PHONE);
        assert!(short < 120 && long > 1000 && narrow > 2 * long, "{short} {long} {narrow}");
        assert!(estimate("a<br><br>b", DESKTOP) > estimate("a b", DESKTOP));
        assert_eq!(estimate("<img src=\"x\" height=\"300\">", DESKTOP), PADDING + 300);
        assert_eq!(estimate("<img alt=\"\">", DESKTOP), PADDING);
        assert_eq!(bounded(u32::MAX), HIGHEST);
        assert_eq!(bounded(0), LOWEST);
    }
}
