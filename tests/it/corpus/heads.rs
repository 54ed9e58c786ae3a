//! Faults of heads as press officers write them, each with the advice that mends it.

use super::{BODY, HEAD, problems_of, with_head};

/// Checks that a file has problems of some lines, each with the words that it must hold, and no others.
pub(super) fn check_lines(file: &str, expected: &[(usize, &str)]) {
    let found = problems_of(file);
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{file}\n{found}");
    for (line, (number, words)) in lines.iter().zip(expected) {
        assert!(
            line.starts_with(&format!("a.en.md:{number}: ")) && line.contains(words),
            "{line}\nhas no {words}\n{file}"
        );
    }
}

/// Checks the problems of a head with a line more, the fifth.
fn check_line(line: &str, words: &str) {
    check_lines(&with_head(line), &[(5, words)]);
}

#[test]
fn wrong_marks_of_quotation_are_told_with_the_right_line() {
    for (line, words) in [
        ("subtitle = “A boat”", "subtitle = \"A boat\""),
        ("subtitle = \"A boat”", "subtitle = \"A boat\""),
        ("subtitle = « A boat »", "straight quotation marks"),
        ("subtitle = ‘A boat’", "subtitle = \"A boat\""),
        ("country = [“SV”]", "country = [\"SV\"]"),
        ("subtitle = 'The Mayor's boat'", "apostrophe"),
        ("subtitle = \"The \"Blue\" boat\"", "subtitle = \"The “Blue” boat\""),
        ("subtitle = A boat", "subtitle = \"A boat\""),
        ("subtitle = \"A boat", "at the end of the text is missing"),
        ("subtitle = \"C:\\dir\"", "must be written twice"),
        ("subtitle = ", "has no value"),
        ("subtitle: \"A boat\"", "subtitle = \"A boat\""),
        ("subtitle: A boat", "= for the colon"),
        ("subtitle = \"A\" status = \"live\"", "two keys"),
        ("country = [SV]", "quotation marks"),
        ("topics = [\"a\" \"b\"]", "comma"),
        ("date = 2021-06-31", "in no calendar"),
        ("Soyapango has a clinic", "is the line +++ missing"),
        ("untertítel = \"A\"", "single word of a-z"),
    ] {
        check_line(line, words);
    }
}

#[test]
fn values_of_another_kind_are_told_by_their_key() {
    for (line, words) in [
        ("country = \"sv\"", "country = [\"SV\"]"),
        ("country = \"El Salvador\"", "country = [\"SV\"]"),
        ("topics = \"health\"", "topics = [\"health\"]"),
        ("topics = [1]", "topics = [\"1\"]"),
        ("subtitle = 2021", "subtitle = \"2021\""),
        ("subtitle = [\"A\"]", "`subtitle` must be one text"),
        ("aliases = 3", "must be a list in brackets"),
        ("contacts = \"Elena\"", "[[contacts]]"),
        ("contacts = [\"Elena\"]", "[[contacts]]"),
        ("[contacts]\nname = \"Elena\"", "[[contacts]]"),
        ("notes = 1", "[[notes]]"),
        ("plaice = \"A\"", "did you mean `place`?"),
        ("author = \"A\"", "its keys are title, lang"),
    ] {
        let file = with_head(line);
        let found = problems_of(&file);
        let first = found.lines().next().unwrap_or_default();
        assert!(first.starts_with("a.en.md:5: error: ") && first.contains(words), "{found}\nhas no {words}\n{file}");
    }
}

#[test]
fn all_faults_of_a_head_are_told_at_once() {
    check_lines(
        "+++\ntittle = \"A\"\nlang = \"English\"\nplace = Soyapango\ndate = \"2021-02-30\"\nurl = \"example.org\"\ncountry = \"SV\"\n\
         [[contacts]]\nname = \"B\"\nphone = 22220101\ntelephone = \"1\"\n+++\nThe office is open.\n",
        &[
            (2, "did you mean `title`?"),
            (3, "two small letters"),
            (4, "place = \"Soyapango\""),
            (5, "28 days"),
            (6, "whole http or https address"),
            (7, "country = [\"SV\"]"),
            (10, "phone = \"22220101\""),
            (11, "did you mean `phone`?"),
        ],
    );
}

#[test]
fn keys_below_a_contact_are_told_to_be_moved() {
    check_lines(
        "+++\n[[contacts]]\nname = \"B\"\nphone = \"2222 0101\"\n\ntitle = \"A\"\nlang = \"en\"\nunknown = [\"date\", \"place\", \"url\"]\n+++\nThe office is open.\n",
        &[(6, "(`title`, `lang`, `unknown`) above the first [[contacts]]")],
    );
    let head = HEAD.replace(", \"contacts\"", "");
    check_lines(
        &format!("+++\n{head}[[contacts]]\nname = \"B\"\nphone = \"2222 0101\"\nphone = \"2222 0102\"\n+++\n{BODY}"),
        &[(8, "`phone` stands twice in this contact; keep one, or begin a second person")],
    );
    check_lines(
        &format!("+++\n{head}[contacts]\nname = \"B\"\nphone = \"2222 0101\"\n[contacts]\nname = \"C\"\n+++\n{BODY}"),
        &[(8, "each contact must begin with a line [[contacts]]")],
    );
}

#[test]
fn fences_are_told_with_the_line_that_is_nearly_one() {
    let file = |first: &str, last: &str| format!("{first}\n{HEAD}{last}\n{BODY}");
    check_lines(&file("+++", "++++"), &[(1, "the head that begins in line 1 has no end; line 5 (\"++++\")")]);
    check_lines(&file("+++", "++"), &[(1, "line 5 (\"++\")")]);
    check_lines(&file("+++", " +++"), &[(1, "line 5 (\" +++\")")]);
    check_lines(&file("+++", "---"), &[(1, "line 5 (\"---\")")]);
    check_lines(&file("+++", ""), &[(1, "put a line of +++ before line 6")]);
    check_lines(&file("++ +", "+++"), &[(1, "is nearly +++")]);
    check_lines(&file("---", "---"), &[(1, "write +++ for ---")]);
    check_lines(&file("Press release\n+++", "+++"), &[(1, "take out what stands before the +++ of line 2")]);
    check_lines(&file("\n\n+++", "+++"), &[]);
    check_lines("", &[(1, "the file is empty")]);
}

#[test]
fn dates_that_cannot_be_are_told() {
    for (date, words) in [
        ("2021-02-30", "error: date \"2021-02-30\" is in no calendar: that month has 28 days"),
        ("2024-02-30", "that month has 29 days"),
        ("2021-04-31", "that month has 30 days"),
        ("2021-13-01", "the months are 01 to 12"),
        ("2021-13", "the months are 01 to 12"),
        ("2021-5-4", "must be YYYY, YYYY-MM or YYYY-MM-DD"),
        ("4 May 2021", "must be YYYY, YYYY-MM or YYYY-MM-DD"),
        ("0021-05-04", "error: date \"0021-05-04\" must be of 1900 or later"),
        ("2921-05-04", "warning: date \"2921-05-04\" is in the future"),
        ("2921", "in the future"),
    ] {
        let head = HEAD.replace("\"date\", ", "");
        check_lines(&format!("+++\n{head}date = {date:?}\n+++\n{BODY}"), &[(5, words)]);
    }
    let today = time::OffsetDateTime::now_utc().date();
    let head = HEAD.replace("\"date\", ", "");
    check_lines(&format!("+++\n{head}date = \"{today}\"\n+++\n{BODY}"), &[]);
    check_lines(&format!("+++\n{HEAD}date = \"2021\"\n+++\n{BODY}"), &[(4, "take it out of `unknown`")]);
    let head = HEAD.replace("\"date\"", "\"datum\"");
    check_lines(
        &format!("+++\n{head}date = \"2021\"\n+++\n{BODY}"),
        &[(4, "unknown \"datum\" must be one or more of")],
    );
}

#[test]
fn white_space_around_an_address_is_left_out() {
    let head = HEAD.replace("\"url\", ", "");
    check_lines(
        &format!("+++\n{head}url = \" https://example.org/a \"\n+++\n{BODY}"),
        &[(5, "warning: the url has white space")],
    );
}
