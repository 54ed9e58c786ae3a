//! Reads files named by settings and people: regular files of bounded size only.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::Path;

/// Maximum size of a text file in bytes; the largest, the list of common words, has 753,446.
pub const MAX_TEXT_LEN: u64 = 64 << 20;

/// Opens a regular file; symbolic links are followed.
///
/// # Errors
///
/// The file can't be opened or is not regular. Named pipes, devices and sockets are never opened: reading one may block forever.
pub fn open(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_file() { File::open(path) } else { Err(io::Error::other(not_regular(kind))) }
}

/// Reads a regular file of at most `max_len` bytes.
///
/// # Errors
///
/// As [`open`]; also when the file is too long.
pub fn read(path: &Path, max_len: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let len = file.metadata()?.len();
    let too_long = || io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {max_len} bytes"));
    if len > max_len {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default());
    // The file may grow while it is read.
    file.take(max_len.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_len { Err(too_long()) } else { Ok(bytes) }
}

/// Reads a text file of at most [`MAX_TEXT_LEN`] bytes.
///
/// # Errors
///
/// As [`read`]; also when the file is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    let not_utf8 = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8");
    String::from_utf8(read(path, MAX_TEXT_LEN)?).map_err(not_utf8)
}

fn not_regular(kind: FileType) -> String {
    #[cfg(unix)]
    let special = {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            Some("a named pipe")
        } else if kind.is_socket() {
            Some("a socket")
        } else if kind.is_block_device() || kind.is_char_device() {
            Some("a device")
        } else {
            None
        }
    };
    #[cfg(not(unix))]
    let special = None;
    let name = if kind.is_dir() { "a folder" } else { special.unwrap_or("something else") };
    format!("it is {name}, not a regular file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "text").unwrap();
        std::os::unix::fs::symlink(path("file"), path("link")).unwrap();
        std::os::unix::fs::symlink(path("nothing"), path("loose")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        for name in ["file", "link"] {
            assert_eq!(read_text(&path(name)).unwrap(), "text", "{name}");
        }
        for (name, words) in [("pipe", "a named pipe"), ("socket", "a socket"), (".", "a folder")] {
            let error = read_text(&path(name)).unwrap_err().to_string();
            assert_eq!(error, format!("it is {words}, not a regular file"));
        }
        assert_eq!(read_text(Path::new("/dev/zero")).unwrap_err().to_string(), "it is a device, not a regular file");
        assert_eq!(read_text(&path("loose")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn longer_file_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "text").unwrap();
        assert_eq!(read(file.path(), 4).unwrap(), b"text");
        assert_eq!(read(file.path(), 3).unwrap_err().to_string(), "it is longer than 3 bytes");
    }
}
