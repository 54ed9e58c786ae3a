//! Releases in `corpus/`, and problems of faulty files.

mod bodies;
mod files;
mod heads;

use std::path::Path;
use std::sync::LazyLock;

use expect_test::{Expect, expect};
use pressdesk::corpus::{Contact, Corpus};
use pressdesk::language::{Language, Languages};
use pressdesk::text::normalise_space;
use serde::Deserialize;

use crate::desk::project;

/// Release of `tests/corpus/releases.json`: content of the web page, recorded independently of the files in `corpus/`.
#[derive(Deserialize)]
struct Reference {
    id: String,
    title: String,
    place: Option<String>,
    date: Option<String>,
    contacts: Vec<ReferenceContact>,
    paragraphs: Vec<String>,
}

#[derive(Deserialize)]
struct ReferenceContact {
    name: Option<String>,
    office: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

#[test]
fn real_releases_load_without_a_problem() {
    let (corpus, problems) = Corpus::load(&project("corpus"), Some(&LANGUAGES)).unwrap();
    assert_eq!(problems, []);
    assert_eq!(corpus.releases.len(), 6);
}

#[test]
fn real_releases_match_their_pages_word_for_word() {
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    let text = std::fs::read_to_string(project("tests/corpus/releases.json")).unwrap();
    let references: Vec<Reference> = serde_json::from_str(&text).unwrap();
    assert_eq!(references.len(), corpus.releases.len());
    for reference in references {
        let id = &reference.id;
        let release = corpus.release(id, Language::ENGLISH).unwrap_or_else(|| panic!("there is no {id}"));
        assert_eq!(release.title, normalise_space(&reference.title));
        assert_eq!(release.place, reference.place, "{id}");
        assert_eq!(release.date.map(|date| date.to_string()), reference.date, "{id}");
        let paragraphs: Vec<&str> = release.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect();
        let expected: Vec<String> = reference.paragraphs.iter().map(|text| normalise_space(text)).collect();
        assert_eq!(paragraphs, expected, "{id}");
        let contacts: Vec<Contact> = reference
            .contacts
            .into_iter()
            .map(|ReferenceContact { name, office, phone, email }| Contact { name, role: None, office, phone, email })
            .collect();
        assert_eq!(release.contacts, contacts, "{id}");
    }
}

#[test]
fn releases_are_sorted_newest_first_and_undated_last() {
    let text =
        |title: &str, date: &str| format!("+++\ntitle = \"{title}\"\nlang = \"en\"\n{date}\n+++\nText {title}.\n");
    let folder = tempfile::tempdir().unwrap();
    let files =
        [("a", "date = 2019-03-22"), ("b", ""), ("c", "date = \"2019\""), ("d", "date = \"2019-04\""), ("e", "")];
    for (title, date) in files {
        std::fs::write(folder.path().join(format!("{title}.en.md")), text(title, date)).unwrap();
    }
    let (corpus, _) = Corpus::load(folder.path(), None).unwrap();
    let titles: Vec<&str> = corpus.releases.iter().map(|release| release.title.as_str()).collect();
    assert_eq!(titles, ["d", "a", "c", "b", "e"]);
}

#[test]
fn release_is_found_by_alias_and_preferred_language() {
    let folder = tempfile::tempdir().unwrap();
    for (name, lang) in [("window.en.md", "en"), ("window.es.md", "es")] {
        let text = format!("+++\ntitle = \"{lang}\"\nlang = \"{lang}\"\naliases = [\"old\"]\n+++\nText in {lang}.\n");
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let (corpus, _) = Corpus::load(folder.path(), None).unwrap();
    let title = |id, language| corpus.release(id, language).map(|release| release.title.as_str());
    assert_eq!(title("window", Language::SPANISH), Some("es"));
    assert_eq!(title("old", Language::ENGLISH), Some("en"));
    assert!(title("window", Language::FRENCH).is_some());
    assert_eq!(title("door", Language::ENGLISH), None);
}

const HEAD: &str = "title = \"A\"\nlang = \"en\"\nunknown = [\"date\", \"place\", \"url\", \"contacts\"]\n";
const BODY: &str = "The minister of health opened the office on Monday.\n";

/// Checks the problems of a file called a.en.md.
fn check(file: &str, expected: Expect) {
    check_named("a.en.md", file.as_bytes(), expected);
}

/// Returns a file with more lines in its head, which states what it lists as unknown no longer.
fn with_head(more: &str) -> String {
    let mut head = HEAD.to_owned();
    for (key, name) in [("date =", "\"date\", "), ("url =", "\"url\", "), ("contacts", ", \"contacts\"")] {
        if more.lines().any(|line| line.trim_start_matches('[').starts_with(key)) {
            head = head.replace(name, "");
        }
    }
    format!("+++\n{head}{more}\n+++\n{BODY}")
}

/// Checks the problems of a file with more lines in its head.
fn check_head(more: &str, expected: Expect) {
    check(&with_head(more), expected);
}

/// Checks the problems of a file with more lines in its body.
fn check_body(more: &str, expected: Expect) {
    check(&format!("+++\n{HEAD}+++\n{BODY}\n{more}"), expected);
}

fn check_named(name: &str, file: &[u8], expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), file).unwrap();
    expected.assert_eq(&problems_in(folder.path()));
}

/// Returns the problems of a file called a.en.md.
fn problems_of(file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.en.md"), file).unwrap();
    problems_in(folder.path())
}

fn problems_in(folder: &Path) -> String {
    let (_, problems) = Corpus::load(folder, Some(&LANGUAGES)).unwrap();
    let path = format!("{}/", folder.display());
    // That nothing is served follows from the problems of the only file.
    let of_files = problems.iter().filter(|problem| problem.file != folder);
    of_files.map(|problem| problem.to_string().replace(&path, "")).collect::<Vec<_>>().join("\n")
}

/// Languages that are shipped.
static LANGUAGES: LazyLock<Languages> = LazyLock::new(|| Languages::load(&project("config/languages")).unwrap());

#[test]
fn valid_file_has_no_problem() {
    check_head("", expect![[""]]);
    check(&format!("\u{feff}+++\r\n{}+++\r\n{BODY}", HEAD.replace('\n', "\r\n")), expect![[""]]);
    check_head(
        "subtitle = \"B\"\ncountry = [\"SV\"]\ndate = 2019-03-22\ndate_source = \"officer\"\nupdated = \"2020\"\n\
         url = \"https://a.org/b\"\nsource = \"IOM\"\ntopics = [\"health\"]\nprogrammes = [\"C\"]\ntranslation = \"official\"\n\
         status = \"retired\"\naliases = [\"old\"]\n[[notes]]\nmark = \"[1]\"\ntext = \"D\"\n[[media]]\ncaption = \"E\"\n\
         [import]\nfrom = \"f.txt\"\n[[contacts]]\noffice = \"G\"\nrole = \"H\"\nphone = \"2521 0500\"\next = \"2\"\nemail = \"i@j.org\"",
        expect![[""]],
    );
}

#[test]
fn unreadable_heads_are_reported() {
    check("", expect!["a.en.md:1: error: the file is empty; it must begin with a head between two lines of +++"]);
    check(BODY, expect!["a.en.md:1: error: the file must begin with a head between two lines of +++"]);
    check(
        "+++\ntitle = \"A\"\n",
        expect![
            "a.en.md:1: error: the head that begins in line 1 has no end; put a line of +++ between the head and the text"
        ],
    );
    check(
        "+++\ntitle = A\n+++\nB\n",
        expect![[r#"
            a.en.md:1: error: the head has no lang; add a line lang = "en"
            a.en.md:2: error: the value of `title` must stand between quotation marks ("): title = "A"
            a.en.md: warning: there is no date; if the page states none, add "date" to `unknown = […]` in the head
            a.en.md: warning: there is no place; if the page states none, add "place" to `unknown = […]` in the head
            a.en.md: warning: there is no url; if the page states none, add "url" to `unknown = […]` in the head
            a.en.md: warning: there are no contacts; if the page states none, add "contacts" to `unknown = […]` in the head"#]],
    );
    check(
        "+++\nlang = \"en\"\n+++\nB\n",
        expect![[r#"
        a.en.md:1: error: the head has no title; add a line title = "…"
        a.en.md: warning: there is no date; if the page states none, add "date" to `unknown = […]` in the head
        a.en.md: warning: there is no place; if the page states none, add "place" to `unknown = […]` in the head
        a.en.md: warning: there is no url; if the page states none, add "url" to `unknown = […]` in the head
        a.en.md: warning: there are no contacts; if the page states none, add "contacts" to `unknown = […]` in the head"#]],
    );
    check(
        "+++\ntitle = \"A\"\n+++\nB\n",
        expect![[r#"
        a.en.md:1: error: the head has no lang; add a line lang = "en"
        a.en.md: warning: there is no date; if the page states none, add "date" to `unknown = […]` in the head
        a.en.md: warning: there is no place; if the page states none, add "place" to `unknown = […]` in the head
        a.en.md: warning: there is no url; if the page states none, add "url" to `unknown = […]` in the head
        a.en.md: warning: there are no contacts; if the page states none, add "contacts" to `unknown = […]` in the head"#]],
    );
    check_head("plaice = \"B\"", expect!["a.en.md:5: error: `plaice` is no key of the head; did you mean `place`?"]);
    check_head("title = \"twice\"", expect!["a.en.md:5: error: `title` stands twice in the head; keep one"]);
    check_head(
        "[[contacts]]\nphoen = \"1\"",
        expect!["a.en.md:6: error: `phoen` is no key of a contact; did you mean `phone`?"],
    );
    check_head(
        "status = \"ready\"",
        expect![[r#"a.en.md:5: error: status "ready" must be "draft" or "live" or "retired""#]],
    );
    check_head(
        "date_source = \"rumour\"",
        expect![[r#"a.en.md:5: error: date_source "rumour" must be "page" or "officer""#]],
    );
}

#[test]
fn invalid_values_are_reported() {
    check_head(
        "date = \"22 March 2019\"",
        expect![[r#"a.en.md:5: error: date "22 March 2019" must be YYYY, YYYY-MM or YYYY-MM-DD"#]],
    );
    check_head(
        "date = \"2019-02-30\"",
        expect![[r#"a.en.md:5: error: date "2019-02-30" is in no calendar: that month has 28 days"#]],
    );
    check_head("date = 2019", expect![[r#""#]]);
    check_head(
        "date = 2019-03-22T10:00:00Z",
        expect![[r#"a.en.md:5: error: date "2019-03-22T10:00:00Z" must be YYYY, YYYY-MM or YYYY-MM-DD"#]],
    );
    check_head(
        "updated = \"soon\"",
        expect![[r#"a.en.md:5: error: updated "soon" must be YYYY, YYYY-MM or YYYY-MM-DD"#]],
    );
    check_head(
        "url = \"iom.int/news\"",
        expect![[r#"a.en.md:5: error: url "iom.int/news" must be a whole http or https address"#]],
    );
    check_head(
        "url = \"ftp://iom.int\"",
        expect![[r#"a.en.md:5: error: url "ftp://iom.int" must be a whole http or https address"#]],
    );
    check_head(
        "country = [\"SV\", \"Guatemala\"]",
        expect![[r#"a.en.md:5: error: country "Guatemala" must be two capital letters (ISO 3166), such as SV"#]],
    );
    check(
        "+++\ntitle = \" \"\nlang = \"en\"\n+++\nB\n",
        expect![[r#"
            a.en.md:2: error: the title is empty
            a.en.md: warning: there is no date; if the page states none, add "date" to `unknown = […]` in the head
            a.en.md: warning: there is no place; if the page states none, add "place" to `unknown = […]` in the head
            a.en.md: warning: there is no url; if the page states none, add "url" to `unknown = […]` in the head
            a.en.md: warning: there are no contacts; if the page states none, add "contacts" to `unknown = […]` in the head"#]],
    );
    check(
        "+++\ntitle = \"A\"\nlang = \"English\"\n+++\nB\n",
        expect![[r#"
            a.en.md:3: error: lang "English" must be two small letters (ISO 639-1), such as en
            a.en.md: warning: there is no date; if the page states none, add "date" to `unknown = […]` in the head
            a.en.md: warning: there is no place; if the page states none, add "place" to `unknown = […]` in the head
            a.en.md: warning: there is no url; if the page states none, add "url" to `unknown = […]` in the head
            a.en.md: warning: there are no contacts; if the page states none, add "contacts" to `unknown = […]` in the head"#]],
    );
    check(
        "+++\ntitle = \"A\"\nlang = \"es\"\n+++\nB\n",
        expect![[r#"
            a.en.md:3: error: lang "es" does not match the file name, which says "en"
            a.en.md: warning: there is no date; if the page states none, add "date" to `unknown = […]` in the head
            a.en.md: warning: there is no place; if the page states none, add "place" to `unknown = […]` in the head
            a.en.md: warning: there is no url; if the page states none, add "url" to `unknown = […]` in the head
            a.en.md: warning: there are no contacts; if the page states none, add "contacts" to `unknown = […]` in the head"#]],
    );
}

#[test]
fn invalid_contacts_are_reported() {
    check_head(
        "[[contacts]]\nphone = \"1\"",
        expect!["a.en.md:5: error: a contact must have at least a name or an office"],
    );
    check_head(
        "[[contacts]]\nname = \"B\"",
        expect![
            "a.en.md:5: error: a contact must have a phone or an email; if the page gives neither, add `incomplete = true`"
        ],
    );
    check_head("[[contacts]]\nname = \"B\"\nincomplete = true", expect![[""]]);
    check_head(
        "[[contacts]]\nname = \"B\"\nphone = \" \"",
        expect![
            "a.en.md:5: error: a contact must have a phone or an email; if the page gives neither, add `incomplete = true`"
        ],
    );
    check_head(
        "[[contacts]]\nname = \"B\"\nemail = \"b at c.org\"",
        expect![[r#"a.en.md:7: error: email "b at c.org" is not a mail address"#]],
    );
}

#[test]
fn invalid_mail_addresses_are_reported() {
    for address in
        ["b", "@c.org", "b@", "b@@c.org", "b@c", "b@c..org", "b@.org", "b@-c.org", ".b@c.org", "b@c.org.", "<b@c.org>"]
    {
        let lines = problems_of(&with_head(&format!("[[contacts]]\nname = \"B\"\nemail = \"{address}\"")));
        assert_eq!(lines, format!("a.en.md:7: error: email {address:?} is not a mail address"));
    }
    for address in ["aamaya@iom.int", "o'neill+press@a-b.gob.sv", "niñez@oim.int"] {
        check_head(&format!("[[contacts]]\nname = \"B\"\nemail = \"{address}\""), expect![[""]]);
    }
}

#[test]
fn invalid_phone_numbers_are_reported() {
    for number in ["1", "252105", "+503 2521 0500 0000 00", "call 2521 0500", "25210500; 25210511", "Ext. 540"] {
        let lines = problems_of(&with_head(&format!("[[contacts]]\nname = \"B\"\nphone = \"{number}\"")));
        let expected =
            format!("a.en.md:7: warning: phone {number:?} is not a phone number; if it is printed like this, keep it");
        assert_eq!(lines, expected);
    }
    for number in ["503. 25210500", "+503 2521-0500 Ext. 540", "+52 962 555 01 90", "+14227179459", "(503) 2521/0500"] {
        check_head(&format!("[[contacts]]\nname = \"B\"\nphone = \"{number}\""), expect![[""]]);
    }
}

#[test]
fn invalid_aliases_are_reported() {
    check_head(
        "aliases = [\n\"old\",\n\"Old Name\",\n\"a\"]",
        expect![[r#"
            a.en.md:7: warning: the alias "Old Name" must be an earlier id of this release
            a.en.md:8: warning: the alias "a" must be an earlier id of this release"#]],
    );
}

/// Checks the problems of several files, each with additional lines in its head, sorted by name.
fn check_together(files: &[(&str, &str)], expected: Expect) -> Corpus {
    let folder = tempfile::tempdir().unwrap();
    for (name, more) in files {
        let lang = name.split('.').nth(1).unwrap();
        let date = if more.contains("date =") { "" } else { "\"date\", " };
        let title =
            format!("title = \"{name}\"\nlang = \"{lang}\"\nunknown = [{date}\"place\", \"url\", \"contacts\"]\n");
        std::fs::write(folder.path().join(name), format!("+++\n{title}{more}+++\nThe text of {name}.\n")).unwrap();
    }
    expected.assert_eq(&problems_in(folder.path()));
    Corpus::load(folder.path(), None).unwrap().0
}

#[test]
fn duplicate_alias_is_reported_and_an_id_takes_precedence() {
    let corpus = check_together(
        &[("a.en.md", "aliases = [\"b\", \"old\"]\n"), ("b.en.md", ""), ("c.en.md", "aliases = [\"old\"]\n")],
        expect![[r#"
            a.en.md:5: warning: the alias "b" is the id of b.en.md, which it leads to
            c.en.md:5: warning: the alias "old" is one of a.en.md too"#]],
    );
    assert_eq!(corpus.release("b", Language::ENGLISH).unwrap().id, "b");
    check_together(&[("a.en.md", "aliases = [\"old\"]\n"), ("a.es.md", "aliases = [\"old\"]\n")], expect![[""]]);
}

#[test]
fn conflicting_versions_of_a_release_are_reported() {
    check_together(
        &[
            ("a.en.md", "date = \"2019-03-22\"\ncountry = [\"SV\", \"GT\"]\n"),
            ("a.es.md", "country = [\"SV\"]\ndate = \"2019-03-23\"\n"),
            ("b.en.md", "date = \"2019-03-22\"\ncountry = [\"SV\", \"GT\"]\n"),
            ("b.es.md", "country = [\"GT\", \"SV\"]\n"),
            ("c.en.md", "date = \"2019-03-22\"\n"),
            ("c.es.md", "date = 2019-03-22\ncountry = [\"GT\"]\n"),
        ],
        expect![[r#"
            a.es.md:6: warning: the date is 2019-03-23, but 2019-03-22 in a.en.md
            a.es.md:5: warning: the country is SV, but GT, SV in a.en.md"#]],
    );
}

#[test]
fn invalid_bodies_are_reported() {
    check(&format!("+++\n{HEAD}+++\n"), expect!["a.en.md: error: the body has no paragraph"]);
    check(&format!("+++\n{HEAD}+++\n \n\t\n"), expect!["a.en.md: error: the body has no paragraph"]);
    check_named("a.en.md", format!("+++\n{HEAD}+++\n{BODY}\n").as_bytes(), expect![[""]]);
    check_named(
        "a.en.md",
        &[format!("+++\n{HEAD}+++\n").as_bytes(), b"caf\xe9\n"].concat(),
        expect!["a.en.md:6: error: the line is not UTF-8; save the file as UTF-8"],
    );
}

#[test]
fn suspicious_bodies_are_warnings() {
    check_body(
        "Write to press@iom.int for more.\n",
        expect!["a.en.md:8: warning: the paragraph holds a mail address but the head has no contact"],
    );
    check_body(
        &"All of these words stand in one paragraph. ".repeat(60),
        expect!["a.en.md:8: warning: the paragraph has 2579 characters; were its breaks lost?"],
    );
    check(
        &format!(
            "+++\n{HEAD}+++\nLa ministra de salud inauguró ayer la oficina de información para las personas migrantes.\n"
        ),
        expect!["a.en.md: warning: the text looks like es, the head says en"],
    );
}

#[test]
fn invalid_file_names_are_reported() {
    let right = format!("+++\n{HEAD}+++\n{BODY}");
    check_named(
        "a.md",
        right.as_bytes(),
        expect![
            "a.md: error: the file must be called ID.LANGUAGE.md, the language in two small letters, such as migrant-window.en.md; rename it to a.en.md"
        ],
    );
    check_named(
        "Big Name.en.md",
        right.as_bytes(),
        expect![[
            r#"Big Name.en.md: error: the id "Big Name" must be 1 to 48 characters of a-z, 0-9 and hyphens, because buttons carry it; rename the file, such as big-name.en.md"#
        ]],
    );
    check_named(
        &format!("{}.en.md", "a".repeat(49)),
        right.as_bytes(),
        expect![[
            r#"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.en.md: error: the id "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" must be 1 to 48 characters of a-z, 0-9 and hyphens, because buttons carry it; rename the file, such as aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.en.md"#
        ]],
    );
    check_named(
        "a.fr.md",
        right.as_bytes(),
        expect![[r#"a.fr.md:3: error: lang "en" does not match the file name, which says "fr""#]],
    );
    check_named("README.txt", b"is no release", expect![[""]]);
}

#[test]
fn line_of_most_releases_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, frame: &str| {
        let language = if name.ends_with(".es.md") { "es" } else { "en" };
        let head = HEAD.replace("\"en\"", &format!("{language:?}"));
        let text = format!("+++\n{head}+++\n{BODY} Of {name}.\n\n{frame}");
        std::fs::write(folder.path().join(name), text).unwrap();
    };
    let problems = || {
        let (_, problems) = Corpus::load(folder.path(), None).unwrap();
        let of_site = problems.into_iter().filter(|problem| problem.message.contains("the site's pages"));
        of_site.map(|problem| (problem.line, problem.message)).collect::<Vec<_>>()
    };
    write("a.en.md", "Our work\n\nDate Publish: 22 March\n\n###\n");
    write("b.en.md", "- our work\n\nOur work\n\nDate publish: 3 April\n\n###\n");
    assert_eq!(problems(), []);
    write("c.en.md", "OUR WORK\n\nDate publish: 4 April\n\n###\n");
    write("d.es.md", "");
    let expected = [(11, "\"Date Publish: 22 March\" is in 3 of 3"), (9, "\"Our work\" is in 3 of 3")];
    let found = problems();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((line, message), (at, start)) in found.iter().zip(expected) {
        assert!(*line == Some(at) && message.starts_with(start), "{found:?}");
    }
    for name in ["d.en.md", "e.en.md", "f.en.md"] {
        write(name, "");
    }
    assert_eq!(problems(), []);
}

#[test]
fn duplicate_text_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.en.md", "b.en.md"] {
        std::fs::write(folder.path().join(name), format!("+++\n{HEAD}+++\n{BODY}")).unwrap();
    }
    let (corpus, problems) = Corpus::load(folder.path(), None).unwrap();
    assert_eq!(corpus.releases.len(), 2);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.starts_with("has the same text as "), "{}", problems[0]);
}

#[test]
fn nearly_duplicate_text_is_a_warning() {
    let paragraphs =
        ["The office is open.", "It is in the town hall.", "Nobody pays.", "It closes at noon.", "Call first."];
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, paragraphs: &[&str]| {
        std::fs::write(folder.path().join(name), format!("+++\n{HEAD}+++\n{}\n", paragraphs.join("\n\n"))).unwrap();
    };
    write("a.en.md", &paragraphs);
    write("b.en.md", &[&paragraphs[..4], &["Write first."]].concat());
    write("c.en.md", &[&paragraphs[4..], &["The school is closed for repairs until June."]].concat());
    let (_, problems) = Corpus::load(folder.path(), None).unwrap();
    let found: Vec<(&str, &str)> = problems
        .iter()
        .map(|problem| (problem.file.file_name().unwrap().to_str().unwrap(), problem.message.as_str()))
        .collect();
    assert!(
        matches!(found[..], [("b.en.md", message)] if message.starts_with("has nearly the same text as ")),
        "{found:?}"
    );
}
