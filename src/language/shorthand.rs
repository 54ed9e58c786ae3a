//! Shorthand of phones, spelt out.

use super::Languages;
use super::file::LanguageFile;

impl Languages {
    /// Spells out what people shorten on a phone: “a q hora”, “who r u”; other words stay as they are.
    ///
    /// Only a whole lower-case word is short for another: “U.S.”, “X” and “vitamin D” are none.
    #[must_use]
    pub fn spelt_out(&self, text: &str) -> String {
        let bare = |part: &str| {
            part.trim_matches(|letter: char| letter.is_whitespace() || "¿?¡!,.;:…".contains(letter)).to_owned()
        };
        // Most texts have none, and need not be looked at twice.
        let is_short = |word: &str| self.files.iter().any(|file| file.shorthand.contains_key(word));
        if !text.split_whitespace().any(|part| is_short(&bare(part))) {
            return text.to_owned();
        }
        let written_in = self.detect(text);
        let may_be = |file: &&LanguageFile| match written_in {
            Some(language) => file.language == language,
            None => file.is_usual,
        };
        let spell_out = |part: &str| {
            let word = bare(part);
            match self.files.iter().filter(may_be).find_map(|file| file.shorthand.get(&word)) {
                Some(whole) => part.replacen(&word, whole, 1),
                None => part.to_owned(),
            }
        };
        text.split_inclusive(char::is_whitespace).map(spell_out).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::language::shipped;

    #[test]
    fn shorthand_is_spelt_out_and_nothing_else() {
        let languages = shipped();
        for (typed, expected) in [
            ("q es esto", "que es esto"),
            ("a q hora abren?", "a que hora abren?"),
            ("xq se van los niños", "por qué se van los niños"),
            ("¿pq?", "¿por qué?"),
            ("k paso d la reunion, x fa", "que paso de la reunion, por fa"),
            ("el taller pa doctores tmb fue ahi", "el taller para doctores también fue ahi"),
            ("who r u", "who are you"),
            ("pls tell me abt the window", "please tell me about the window"),
            ("wat did ppl learn", "what did people learn"),
            ("they lock the door at nite", "they lock the door at night"),
            ("a que imeil escribo", "a que correo escribo"),
            ("hay casos de tb", "hay casos de tb"),
            ("what is the u.s. paying for", "what is the u.s. paying for"),
            ("Who gave vitamin D to the children in PA?", "Who gave vitamin D to the children in PA?"),
            ("how many x-rays did they take in section d", "how many x-rays did they take in section d"),
            ("siete u ocho niños", "siete u ocho niños"),
            ("qui a payé d un coup", "qui a payé d un coup"),
            ("", ""),
        ] {
            assert_eq!(languages.spelt_out(typed), expected);
        }
    }
}
