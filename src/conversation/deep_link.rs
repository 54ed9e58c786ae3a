//! Deep links: what stands behind `/start` where a link, or a button above results, led to the conversation.
//!
//! `r_` and an id open a release; `q_` and a text in base64url are a question. Telegram allows 64 characters of
//! `A-Za-z0-9_-`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const RELEASE: &str = "r_";
const QUESTION: &str = "q_";

/// Maximum number of characters of a parameter.
const MAX_LEN: usize = 64;

/// Maximum number of bytes of a question, which take four characters for three.
const MAX_QUESTION_BYTES: usize = (MAX_LEN - QUESTION.len()) * 3 / 4;

/// What a parameter asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DeepLink {
    /// The release of an id.
    Release(String),
    Question(String),
}

/// Reads a parameter; `None` if it is none of ours, or damaged.
pub(super) fn read(parameter: &str) -> Option<DeepLink> {
    if let Some(id) = parameter.strip_prefix(RELEASE) {
        let is_id = !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        return is_id.then(|| DeepLink::Release(id.to_owned()));
    }
    let bytes = URL_SAFE_NO_PAD.decode(parameter.strip_prefix(QUESTION)?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let is_text = text.chars().any(char::is_alphanumeric) && !text.chars().any(char::is_control);
    is_text.then(|| DeepLink::Question(text.trim().to_owned()))
}

/// Returns the parameter of `/start` that asks a question, or its beginning if it is long; `None` if it is blank.
#[must_use]
pub fn of_question(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let beginning = line[..line.floor_char_boundary(MAX_QUESTION_BYTES)].trim_end();
    (!beginning.is_empty()).then(|| format!("{QUESTION}{}", URL_SAFE_NO_PAD.encode(beginning)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_of_a_question_is_read_back() {
        for question in ["who paid?", "¿Quién pagó?", "a", "two\n lines", "кто заплатил", "👩‍⚕️ nurses"]
        {
            let parameter = of_question(question).unwrap();
            let words = question.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(read(&parameter), Some(DeepLink::Question(words)), "{question}");
        }
        assert_eq!(of_question(" \n"), None);
    }

    #[test]
    fn long_question_is_cut_between_characters() {
        for (letter, n_kept) in [("a", 46), ("é", 23), ("€", 15), ("👍", 11)] {
            let parameter = of_question(&letter.repeat(200)).unwrap();
            assert!(parameter.len() <= MAX_LEN, "{parameter}");
            assert!(parameter.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
            let bytes = URL_SAFE_NO_PAD.decode(&parameter[QUESTION.len()..]).unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), letter.repeat(n_kept));
        }
    }

    #[test]
    fn damaged_parameter_is_no_request() {
        assert_eq!(read("r_migrant-window"), Some(DeepLink::Release("migrant-window".to_owned())));
        for damaged in [
            "",
            "r_",
            "q_",
            "x",
            "from_site",
            "r_two words",
            "r_../x",
            "q_!",
            "q_YQ==",
            "q_Y",
            "q_YR",
            "q__w",
            "q_AAAA",
            "q_Li4",
            "Q_YQ",
        ] {
            assert_eq!(read(damaged), None, "{damaged}");
        }
    }
}
