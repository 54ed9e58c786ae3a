//! Bytes of a release file to text: UTF-8 with any line ends, and advice where they are something else.

/// Beginnings of files that are no plain text, though some of them are UTF-8: PDF, RTF, those of word processors, pictures.
const NO_TEXT: [&[u8]; 6] = [b"%PDF-", b"{\\rtf", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff"];

/// Number of bytes by which a file of UTF-16 is known: its head, which is mostly ASCII.
const LEN_SAMPLE: usize = 256;

const NO_TEXT_ADVICE: &str =
    "the file is no text file, but a picture, a document of a word processor or the like; save its text as UTF-8";

/// Decodes a file without its byte-order mark, its lines ending in `\n`; the error holds the line number, if known, and a message.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, (Option<usize>, String)> {
    let n_nul = bytes.iter().filter(|byte| **byte == 0).count();
    let is_no_text = || n_nul > 1 + bytes.len() / 100;
    if NO_TEXT.iter().any(|start| bytes.starts_with(start)) || !is_utf16(&bytes) && is_no_text() {
        return Err((None, NO_TEXT_ADVICE.to_owned()));
    }
    if is_utf16(&bytes) {
        return Err((Some(1), "the file is UTF-16, which some editors call “Unicode”; save it as UTF-8".to_owned()));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = line_after(&with_line_feeds(&String::from_utf8_lossy(valid)));
            return Err((Some(line), "the line is not UTF-8; save the file as UTF-8".to_owned()));
        }
    };
    let text = with_line_feeds(text.strip_prefix('\u{feff}').unwrap_or(&text));
    match text.split_once('\0') {
        Some((before, _)) => {
            let message = "the line holds a character that no text has (NUL); delete it, or write the line anew";
            Err((Some(line_after(before)), message.to_owned()))
        }
        None => Ok(text),
    }
}

/// Tells whether a file begins with a byte-order mark of UTF-16, or has a zero at every other place, as its ASCII has.
fn is_utf16(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(LEN_SAMPLE)];
    let n_zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (n_zeros(0), n_zeros(1));
    let is_half_zero = even.max(odd) > sample.len() / 5 && even.min(odd) <= sample.len() / 50;
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || is_half_zero
}

/// Replaces the line ends of Windows and of old Macintoshes.
fn with_line_feeds(text: &str) -> String {
    let others = ['\r', '\u{85}', '\u{2028}', '\u{2029}'];
    if text.contains(others) { text.replace("\r\n", "\n").replace(others, "\n") } else { text.to_owned() }
}

/// Returns the number of the line in which a text ends.
fn line_after(text: &str) -> usize {
    1 + text.matches('\n').count()
}
