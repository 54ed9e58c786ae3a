//! Bodies as press officers bring them: comments, remarks for the press, markup, lists.

use pressdesk::corpus::Corpus;

use super::heads::check_lines;
use super::{BODY, HEAD};

/// Returns a file with a body whose first line is the sixth.
fn with_body(body: &str) -> String {
    format!("+++\n{HEAD}+++\n{body}")
}

/// Returns the paragraphs of a body, each with its line, counted from that of the body.
fn paragraphs(body: &str) -> Vec<(usize, String)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.en.md"), with_body(body)).unwrap();
    let (corpus, problems) = Corpus::load(folder.path(), None).unwrap();
    let release = corpus.releases.first().unwrap_or_else(|| panic!("{body}: {problems:?}"));
    release.paragraphs.iter().map(|paragraph| (paragraph.line - 5, paragraph.text.clone())).collect()
}

#[test]
fn comments_are_no_text() {
    for (body, expected) in [
        ("One.\n\n<!-- two -->\n\nThree.\n", vec![(1, "One."), (5, "Three.")]),
        ("One.\n\n<!-- two\n\n\nthree -->\n\nFour.\n", vec![(1, "One."), (8, "Four.")]),
        ("It has <!-- not --> twelve beds.\n", vec![(1, "It has twelve beds.")]),
        ("It has <!-- not\n\n yet --> twelve\nbeds.\n", vec![(1, "It has twelve beds.")]),
        ("One.\n<!-- two -->\nThree.\n", vec![(1, "One. Three.")]),
        ("<!-- a --><!-- b -->One.<!-- c -->\n", vec![(1, "One.")]),
        ("<!-- title = \"B\"\n+++\ntitle = \"C\"\n+++ -->\nOne.\n", vec![(5, "One.")]),
    ] {
        let found = paragraphs(body);
        let found: Vec<(usize, &str)> = found.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(found, expected, "{body}");
    }
    check_lines(
        &with_body("One is here.\n\n<!-- two\n\nthree\n"),
        &[(8, "error: the comment that begins here has no end")],
    );
}

#[test]
fn body_without_words_has_no_paragraph() {
    for body in ["<!-- text comes tomorrow -->\n", "###\n", "* * *\n\n---\n", "\u{200b}\n"] {
        let found = super::problems_of(&with_body(body));
        assert!(found.contains("a.en.md: error: the body has no paragraph"), "{body}: {found}");
    }
}

#[test]
fn items_of_a_list_keep_their_lines() {
    let split = |body: &str| paragraphs(body).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    for (body, expected) in [
        ("- One\n- Two\n  goes on\n- Three\n", vec!["- One\n- Two goes on\n- Three"]),
        ("The kit holds:\n* pans\n* cups\n", vec!["The kit holds:\n* pans\n* cups"]),
        ("The kit holds:\n• pans\n", vec!["The kit holds:\n• pans"]),
        ("– One\n– Two\n", vec!["– One\n– Two"]),
        ("1. One\n2. Two\n3. Three\n", vec!["1. One\n2. Two\n3. Three"]),
        ("Steps:\n1) One\n2) Two\n", vec!["Steps:\n1) One\n2) Two"]),
        ("a) One\nb) Two\n", vec!["a) One\nb) Two"]),
        // What only looks like an item is none.
        ("The clinic was opened in\n2019. It has beds.\n", vec!["The clinic was opened in 2019. It has beds."]),
        (
            "It opened on the\n3. of May and on the\n4. of May.\n",
            vec!["It opened on the 3. of May and on the 4. of May."],
        ),
        ("The mayor\n- a teacher\nby trade - came.\n", vec!["The mayor - a teacher by trade - came."]),
        ("— Yes, said she.\n— No, said he.\n", vec!["— Yes, said she. — No, said he."]),
        ("– Yes, said she.\n\n– No, said he.\n", vec!["– Yes, said she.", "– No, said he."]),
        ("**Beds**\n**Nurses**\n", vec!["**Beds** **Nurses**"]),
    ] {
        assert_eq!(split(body), expected, "{body}");
    }
}

#[test]
fn second_head_is_an_error_at_its_line() {
    for second in [
        "+++\ntitle = \"B\"\nlang = \"en\"\n+++\nText of the second.\n",
        "+++\n\n[[contacts]]\nname = \"B\"\n+++\nText of the second.\n",
        "++++\ntitle = \"B\"\n",
        "---\ntitle: B\nlang: en\n---\nText of the second.\n",
    ] {
        check_lines(
            &with_body(&format!("{BODY}\n{second}")),
            &[(8, "error: a second head begins here; a file holds one release")],
        );
    }
    let three = "+++\ntitle = \"B\"\n+++\nText.\n\n+++\ntitle = \"C\"\n+++\nText.\n";
    check_lines(&with_body(&format!("{BODY}\n{three}")), &[(8, "second head"), (13, "second head")]);
    for no_head in ["---\nNote: the clinic is open.\n", "+++ more: call the clinic.\n"] {
        let found = super::problems_of(&with_body(&format!("{BODY}\n{no_head}")));
        assert!(!found.contains("second head"), "{no_head}: {found}");
    }
}

#[test]
fn remarks_for_the_press_are_warnings() {
    for line in [
        "EMBARGOED UNTIL 00:01 HRS WEDNESDAY 5 MAY 2021",
        "Embargo: 5 May 2021",
        "EMBARGO",
        "Embargo – 5 May",
        "Strictly under embargo until 5 May",
        "EMBARGO Wednesday 5 May",
        "NOT FOR PUBLICATION",
        "The minister will be at the gate at 9 a.m.; not for publication.",
        "Notes to editors:",
        "Notes to Editors: photos are on the site.",
        "Note to the press",
        "Editor’s note: photos are on the site.",
        "For internal use only",
        "(For internal use)",
        "FOR IMMEDIATE RELEASE",
        "ENDS",
        "-ENDS-",
        "End of press release",
        "###",
        "* * *",
        "-30-",
        "- 30 -",
        "DRAFT",
        "Draft 2",
        "Press release – DRAFT",
        "EMBARGADO HASTA EL 5 DE MAYO DE 2021, 06:00 HORAS",
        "Notas para los editores: la ministra llegará a las 9.",
        "--- FIN ---",
        "BORRADOR",
        "Sous embargo jusqu’au 5 mai",
        "Note aux rédactions",
        "Embargo até 5 de maio",
        "Nota aos editores",
        "Sperrfrist: 5. Mai",
        "Hinweis für Redaktionen",
        "Nota per i giornalisti",
        "Bozza",
    ] {
        check_lines(
            &with_body(&format!("{BODY}\n{line}\n")),
            &[(8, "warning: the line looks like a remark for the press (")],
        );
    }
    check_lines(&with_body(&format!("{BODY}ENDS\n")), &[(7, "remark for the press (\"ends\")")]);
}

#[test]
fn running_prose_is_no_remark() {
    for line in [
        "The arms embargo was lifted on Monday after nine years of talks.",
        "The embargo until May hit the farmers of the valley, who lost half of what they grew in the year before.",
        "Embargo talks began in the capital on Monday, said the minister of trade.",
        "Draft laws were handed to the parliament, which votes on them in June.",
        "One lift is for patients, and the other one is for internal use.",
        "The road to the clinic is long, but here it\nends.",
        "End: 5 p.m.",
        "The festival ends on Sunday.",
        "Bus 30 stops there.",
        "She took notes for the editors of the paper, who were late again that day.",
    ] {
        check_lines(&with_body(&format!("{BODY}\n{line}\n")), &[]);
    }
}

#[test]
fn markup_is_a_warning_with_its_line() {
    for (body, expected) in [
        ("## What it offers\n", vec![(8, "a heading")]),
        ("Opening hours\n-------------\n", vec![(9, "a heading")]),
        ("Opening hours\n===\n", vec![(9, "a heading")]),
        ("| Day | Doctor |\n|-----|--------|\n| Monday | Ortega |\n", vec![(8, "a table")]),
        ("See [the map](https://example.org) of it.\n", vec![(8, "a link or picture")]),
        ("Fees &amp; hours: 2&nbsp;dollars.\n", vec![(8, "a character as HTML writes it")]),
        ("<p>The <b>roof</b> is made of zinc.</p>\n", vec![(8, "a tag of HTML")]),
        ("The **main** hall is __new__, ***all*** of it.\n", vec![(8, "bold or italics")]),
        ("The **hall**&nbsp;is<br>new.\n", vec![(8, "a character"), (8, "a tag"), (8, "bold")]),
        ("> We waited for nine years.\n", vec![(8, "a mark of Markdown")]),
        ("The clinic is open.\n\n- - -\n", vec![(10, "remark for the press")]),
        ("#health is what it is about, @tecla & friends: https://example.org/clinic_a_b?x=1&y=2\n", vec![]),
        ("It has 5 * 3 beds, costs < 5 dollars, and is > 2 years old.\n", vec![]),
    ] {
        check_lines(&with_body(&format!("{BODY}\n{body}")), &expected);
    }
}
