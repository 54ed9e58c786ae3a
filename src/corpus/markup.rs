//! Markdown and HTML in the body, which would be shown as they stand.

use super::body::Line;
use super::faults::Faults;

/// Warns of markup, once a line and kind.
pub(super) fn check(lines: &[Line<'_>], faults: &mut Faults) {
    let mut in_table = false;
    for (at, line) in lines.iter().enumerate() {
        let text = line.text.trim();
        let before = at.checked_sub(1).map_or("", |before| lines[before].text.trim());
        let was_in_table = std::mem::replace(&mut in_table, is_table(text));
        let kinds = [
            (
                is_heading(text) || is_underline(text, before),
                "a heading (# or a line below it): write it as plain text",
            ),
            (in_table && !was_in_table, "a table (|): write a sentence or a line of a list for each row"),
            (has_link(text), "a link or picture ([…](…)): write the words, and the address where it is needed"),
            (has_entity(text), "a character as HTML writes it (&amp;): write the character itself"),
            (has_tag(text), "a tag of HTML (<p>): take it out"),
            (has_emphasis(text), "bold or italics (** or __): take the marks out"),
            (is_quoted_or_code(text), "a mark of Markdown (> or ```): take it out"),
        ];
        for (_, what) in kinds.iter().filter(|(is_met, _)| *is_met) {
            faults.warning(line.number, format!("the text is shown as it stands, and the line holds {what}"));
        }
    }
}

fn is_heading(text: &str) -> bool {
    let rest = text.trim_start_matches('#');
    (1..=6).contains(&(text.len() - rest.len())) && rest.starts_with(char::is_whitespace)
}

/// Tells whether a line underlines the one before.
fn is_underline(text: &str, before: &str) -> bool {
    let is_of = |sign: char| text.len() > 1 && text.chars().all(|letter| letter == sign);
    (is_of('=') || is_of('-')) && before.contains(char::is_alphanumeric)
}

fn is_table(text: &str) -> bool {
    let is_rule = text.contains("--") && text.chars().all(|letter| "|-: ".contains(letter));
    text.contains('|') && (is_rule || text.starts_with('|') && text.matches('|').count() > 1)
}

fn has_link(text: &str) -> bool {
    let is_linked = |(at, _): (usize, &str)| text[..at].contains('[') && text[at..].contains(')');
    text.match_indices("](").any(is_linked) || text.contains("[^") || is_link_target(text)
}

/// Tells whether a line says where a link leads: `[1]: https://…`.
fn is_link_target(text: &str) -> bool {
    text.starts_with('[') && text.split_once("]:").is_some_and(|(_, target)| target.trim_start().starts_with("http"))
}

fn has_entity(text: &str) -> bool {
    text.split('&').skip(1).any(|rest| {
        let Some((name, _)) = rest.split_once(';') else { return false };
        let digits = name.strip_prefix("#x").or_else(|| name.strip_prefix("#X"));
        let is_hex = digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let is_number = name.strip_prefix('#').is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && name.bytes().all(|letter| letter.is_ascii_alphanumeric());
        (2..=10).contains(&name.len()) && (is_hex || is_number || is_name)
    })
}

fn has_tag(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| {
        let Some((inside, _)) = rest.split_once('>') else { return false };
        let inside = inside.trim_start_matches(['/', '!']);
        let name_len = inside.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(name_len);
        let is_one_case = |letters: &str| letters == letters.to_lowercase() || letters == letters.to_uppercase();
        let is_name =
            name.starts_with(|letter: char| letter.is_ascii_alphabetic()) && name.len() <= 10 && is_one_case(name);
        let is_address = attributes.starts_with("://");
        // “<name@example.org>” and “<John Smith>” are none.
        let ends = attributes.trim().is_empty()
            || attributes.trim() == "/"
            || attributes.starts_with(char::is_whitespace) && (attributes.contains('=') || rest.starts_with('!'));
        is_name && (ends || is_address)
    })
}

fn has_emphasis(text: &str) -> bool {
    // An address may hold any of them.
    let words = text.split_whitespace().filter(|word| !word.contains("://")).collect::<Vec<_>>().join(" ");
    ["***", "**", "__", "*", "_"].into_iter().any(|mark| is_emphasised(&words, mark))
}

/// Tells whether a mark opens before a word and closes behind one; within a word it does not: “clinic_a_b”, “Bürger*innen”.
fn is_emphasised(text: &str, mark: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || mark.contains(letter));
    let is_inside =
        |letter: Option<char>| letter.is_some_and(|letter| !letter.is_whitespace() && !mark.contains(letter));
    let sides = |at: usize| (text[..at].chars().next_back(), text[at + mark.len()..].chars().next());
    let marks: Vec<(Option<char>, Option<char>)> = text.match_indices(mark).map(|(at, _)| sides(at)).collect();
    let opens = |(before, behind): &(Option<char>, Option<char>)| !is_part(*before) && is_inside(*behind);
    let closes = |(before, behind): &(Option<char>, Option<char>)| is_inside(*before) && !is_part(*behind);
    marks.iter().position(opens).is_some_and(|first| marks[first + 1..].iter().any(closes))
}

fn is_quoted_or_code(text: &str) -> bool {
    text.starts_with("> ") || text.starts_with("```") || text.starts_with("~~~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_told_from_signs_of_a_text() {
        for text in ["# Hours", "###### Hours ##"] {
            assert!(is_heading(text), "{text}");
        }
        for text in ["#health is a topic", "###", "No. # 5", ""] {
            assert!(!is_heading(text), "{text}");
        }
        for text in ["a <br> b", "<P>", "<a href=\"x\">", "</div>", "<br/>", "<!DOCTYPE html>", "<https://a.org>"] {
            assert!(has_tag(text), "{text}");
        }
        for text in ["<b@c.org>", "<John Smith>", "2 < 3 and 5 > 4", "a <b", "< 5 years >", "<Ana>"] {
            assert!(!has_tag(text), "{text}");
        }
        for text in ["AT&amp;T", "2&nbsp;dollars", "caf&eacute;", "&#8211;", "&#x2013;"] {
            assert!(has_entity(text), "{text}");
        }
        for text in ["AT&T; more", "R&D", "a & b; c", "x?a=1&b=2; y", "&;"] {
            assert!(!has_entity(text), "{text}");
        }
        for text in ["on **Thursdays** only", "the ***roof*** was", "__all__", "the *porter*.", "the _mayor_, who"] {
            assert!(has_emphasis(text), "{text}");
        }
        for text in [
            "* one",
            "clinic_a_b",
            "see https://x.org/_layouts_/a for more",
            "Kolleg*innen und Bürger*innen",
            "Name: ______",
            "5 * 3 * 2",
            "patients* came",
            "***",
        ] {
            assert!(!has_emphasis(text), "{text}");
        }
        for text in ["see [the map](https://a.org)", "![](a.png)", "the note[^1]", "[1]: https://a.org"] {
            assert!(has_link(text), "{text}");
        }
        for text in ["[las personas] (2019)", "the note [1]", "f(x)[1] (y)"] {
            assert!(!has_link(text), "{text}");
        }
        for text in ["| a | b |", "|---|---|", "--- | ---"] {
            assert!(is_table(text), "{text}");
        }
        for text in ["a | b", "---", "| a"] {
            assert!(!is_table(text), "{text}");
        }
    }
}
