//! Files that land in the folder of releases: their names, their encodings, and what is no release.

use std::fs;

use pressdesk::corpus::{Corpus, Severity};

use super::{BODY, HEAD, problems_in};

fn release() -> String {
    format!("+++\n{HEAD}+++\n{BODY}")
}

/// Checks the only problem of a folder with one good release and another file.
fn check_file(name: &str, bytes: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.en.md"), release().replace("Monday", "Friday at noon")).unwrap();
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
    let found = problems_in(folder.path());
    let is_expected =
        if expected.is_empty() { found.is_empty() } else { found.contains(expected) && found.lines().count() == 1 };
    assert!(is_expected, "{name}: {found}\nis not {expected}");
    let (corpus, _) = Corpus::load(folder.path(), None).unwrap();
    assert!(corpus.releases.iter().any(|release| release.id == "good"), "the other is served");
}

#[test]
fn files_that_look_like_releases_and_are_not_read_are_warnings() {
    for (name, expected) in [
        (
            "clinic.en.MD",
            "clinic.en.MD: warning: the file is not read, because its name does not end in .md in small letters; rename it to clinic.en.md",
        ),
        ("clinic.en.markdown", "rename it to clinic.en.md"),
        ("clinic.en.txt", "rename it to clinic.en.md"),
        ("clinic.en.md.txt", "rename it to clinic.en.md"),
        ("Clinic Opens.docx", "save its text as a text file (UTF-8) called clinic-opens.LANGUAGE.md"),
        ("clinic.en.pdf", "called clinic.en.md"),
        ("clinic.en.html", "called clinic.en.md"),
        ("clinic.en.odt", "called clinic.en.md"),
        ("clinic.en.md.bak", "take it out, or rename it to clinic.en.md"),
        ("2021/clinic.en.md", "2021: warning: subfolders are not read, and this one holds 2021/clinic.en.md"),
        ("2021/may/clinic.en.md", "this one holds 2021/may/clinic.en.md"),
        ("pictures/clinic.jpg", ""),
        ("clinic.jpg", ""),
        ("README.txt", ""),
        ("README", ""),
        (".clinic.en.md", ""),
        ("._clinic.en.md", ""),
        (".clinic.en.md.swp", ""),
        ("~$clinic.en.md", ""),
        (".#clinic.en.md", ""),
        ("#clinic.en.md#", ""),
        ("clinic.en.md~", ""),
        (".git/clinic.en.md", ""),
    ] {
        check_file(name, release().as_bytes(), expected);
    }
}

#[test]
fn names_that_cannot_be_are_told_with_the_right_one() {
    for (name, expected) in [
        ("clinic.md", "rename it to clinic.en.md"),
        ("clinic.en (1).md", "rename it to clinic.en.md"),
        ("clinic.EN.md", "rename it to clinic.en.md"),
        ("Nota de prensa – Año 2021.en.md", "such as nota-de-prensa-ano-2021.en.md"),
        ("README.md", "rename it to readme.en.md"),
    ] {
        check_file(name, release().as_bytes(), expected);
    }
}

#[test]
fn encodings_other_than_utf8_are_told() {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| release().encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let nul = release().replace("Monday", "Mon\0day");
    for (bytes, expected) in [
        ([b"\xff\xfe".to_vec(), utf16(u16::to_le_bytes)].concat(), "a.en.md:1: error: the file is UTF-16"),
        ([b"\xfe\xff".to_vec(), utf16(u16::to_be_bytes)].concat(), "a.en.md:1: error: the file is UTF-16"),
        (utf16(u16::to_le_bytes), "a.en.md:1: error: the file is UTF-16"),
        (utf16(u16::to_be_bytes), "a.en.md:1: error: the file is UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "a.en.md: error: the file is no text file"),
        (b"PK\x03\x04\x14\0\x06\0".to_vec(), "the file is no text file"),
        (b"{\\rtf1\\ansi The clinic}".to_vec(), "the file is no text file"),
        (b"%PDF-1.4\n".to_vec(), "the file is no text file"),
        (nul.clone().into_bytes(), "a.en.md:6: error: the line holds a character that no text has (NUL)"),
        (nul.replace('\n', "\r").into_bytes(), "a.en.md:6: error: the line holds a character"),
        ([release().as_bytes(), b"caf\xe9\r\n"].concat(), "a.en.md:7: error: the line is not UTF-8"),
        (release().replace('\n', "\r").into_bytes(), ""),
        (release().replace('\n', "\r\n").into_bytes(), ""),
    ] {
        check_file("a.en.md", &bytes, expected);
    }
}

#[test]
fn file_that_is_too_long_is_told_in_megabytes() {
    let long = vec![b'a'; (16 << 20) + 1];
    check_file("a.en.md", &long, "a.en.md: error: the file is longer than 16 MB; keep the text of the release");
}

#[test]
fn links_and_pipes_do_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("good.en.md"), release()).unwrap();
    std::os::unix::fs::symlink(path("nothing"), path("gone.en.md")).unwrap();
    std::os::unix::fs::symlink("someone@host.123:456", path(".#good.en.md")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path("pipe.en.md")).status().unwrap().success());
    let found = problems_in(folder.path());
    let expected = "gone.en.md: error: the file is a link to one that is not there\n\
                    pipe.en.md: error: could not be read: it is a named pipe, not a regular file";
    assert_eq!(found, expected);
    assert_eq!(Corpus::load(folder.path(), None).unwrap().0.releases.len(), 1);
}

#[test]
fn folder_without_a_release_to_serve_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let warns = || {
        let (_, problems) = Corpus::load(folder.path(), None).unwrap();
        let of_folder = problems.iter().filter(|problem| problem.file == folder.path());
        of_folder
            .filter(|problem| {
                problem.severity == Severity::Warning && problem.message.contains("no release can be served")
            })
            .count()
    };
    assert_eq!(warns(), 1);
    fs::write(folder.path().join("a.en.md"), release().replace("+++\nThe", "status = \"draft\"\n+++\nThe")).unwrap();
    assert_eq!(warns(), 1, "a draft is not served");
    fs::write(folder.path().join("b.en.md"), release()).unwrap();
    assert_eq!(warns(), 0);
}
