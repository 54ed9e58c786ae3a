//! Detection of the language that a text is in.

use whatlang::{Detector, Lang};

use super::{Language, Languages, List, PhraseList};
use crate::text::Words;

/// Below this, whatlang's guess on one to four words is wrong too often: on 17 such messages none was wrong above it.
const LEAST_CONFIDENCE: f64 = 0.35;

/// Evidence of a word or sign that only one language has; a letter that others have tells half as much.
const CERTAIN: usize = 2;

/// A text of another language than the usual ones has at least this many of its function words, ...
const LEAST_WORDS: usize = 2;

/// ... and so many more of them than of any usual language, or one more if trigrams are for it as well. Set by hand: without their
/// accents none of 2,008 labelled messages in English and Spanish is taken for another language, and 137 of 162 in others are known.
const CERTAIN_LEAD: usize = 2;

impl Languages {
    /// Returns the language a message is in, or `None` when it does not show (a name, a number, "TB").
    ///
    /// Function words and letters that only one language has decide first, because they are right on messages of three words;
    /// trigrams decide the rest among the usual languages.
    #[must_use]
    pub fn detect(&self, text: &str) -> Option<Language> {
        self.detect_in(&Words::of(text))
    }

    /// Returns the language of a message whose words are read already (see [`detect`](Self::detect)).
    #[must_use]
    pub fn detect_in(&self, words: &Words<'_>) -> Option<Language> {
        let telling = self.words_that_tell(words);
        let mut values = vec![0; self.files.len()];
        for at in &telling {
            if let Some([only]) = self.owners.get(&words[*at].folded).map(Vec::as_slice) {
                values[*only] += CERTAIN;
            }
            // A capital makes it a name: “São Paulo”, “Besançon”.
            if !words.is_capitalised(*at) {
                for (file, value) in self.files.iter().zip(&mut values) {
                    *value += CERTAIN * count(words.written(*at), &file.letters_in_words);
                }
            }
        }
        for (file, value) in self.files.iter().zip(&mut values) {
            *value += CERTAIN * count(words.text(), &file.signs) + count(words.text(), &file.letters);
        }
        // What shows a language makes its own too what others have: “le”, “de”, “para”.
        for (shared, value) in self.shared.iter().zip(&mut values).filter(|(_, value)| **value > 0) {
            *value += CERTAIN * telling.iter().filter(|at| shared.contains(&words[**at].folded)).count();
        }
        // A usual language is likelier than another of the same value, and between two of them trigrams decide.
        let best_of = |is_usual: bool, values: &[usize]| {
            let files = self.files.iter().zip(values).filter(|(file, _)| file.is_usual == is_usual);
            files.rev().max_by_key(|(_, value)| **value).map(|(file, value)| (file.language, *value))
        };
        let usual = best_of(true, &values);
        let most = usual.map_or(0, |(_, value)| value);
        if let Some((other, _)) = best_of(false, &values).filter(|(_, value)| *value > most) {
            return Some(other);
        }
        // Typed without its accents, a text of another language shows it by how many of its words are small words of that one.
        let n_words: Vec<usize> =
            (0..self.files.len()).map(|number| self.n_function_words(number, words, &telling)).collect();
        if let (Some((usual, n_usual)), Some((other, n_other))) = (best_of(true, &n_words), best_of(false, &n_words))
            && n_other >= LEAST_WORDS
            && (n_other >= n_usual + CERTAIN_LEAD || n_other > n_usual && self.is_rather(other, usual, words))
        {
            return Some(other);
        }
        let n_best = self.files.iter().zip(&values).filter(|(file, value)| file.is_usual && **value == most).count();
        if n_best == 1 && most > 0 {
            return usual.map(|(language, _)| language);
        }
        let telling: Vec<&str> = telling.into_iter().map(|at| words.written(at)).collect();
        let guess = self.detector.detect(&telling.join(" "))?;
        if guess.confidence() < LEAST_CONFIDENCE {
            return None;
        }
        language_of(guess.lang())
    }

    /// Returns how many of some words are function words or numbers of a language, given by the number of its file.
    fn n_function_words(&self, number: usize, words: &Words<'_>, at: &[usize]) -> usize {
        let is_own = |folded: &str| {
            self.files[number].numbers.values.contains_key(folded)
                || self.shared[number].contains(folded)
                || self.owners.get(folded).is_some_and(|owners| owners.contains(&number))
        };
        at.iter().filter(|at| is_own(&words[**at].folded)).count()
    }

    /// Tells whether the trigrams of a text are of one language rather than of a usual one, of which it has no sign of its own.
    fn is_rather(&self, other: Language, usual: Language, words: &Words<'_>) -> bool {
        let has_signs = self.files.iter().any(|file| file.is_usual && count(words.text(), &file.signs) > 0);
        !has_signs
            && detector([other, usual].into_iter()).detect_lang(words.text()).and_then(language_of) == Some(other)
    }

    /// Returns the positions of the words that are not part of a name that people use in any language: “El Salvador”, “La Union”.
    fn words_that_tell(&self, words: &Words<'_>) -> Vec<usize> {
        let lexicon = self.lexicon(None);
        let mut telling = Vec::with_capacity(words.len());
        let mut at = 0;
        while at < words.len() {
            // The country is often typed small.
            let length = lexicon.phrases(PhraseList::Names).lengths_at(words, at).max();
            let is_capitalised = |at: usize| at < words.len() && words.is_capitalised(at);
            let is_name =
                lexicon.has(List::LeadingArticles, &words[at].folded) && is_capitalised(at) && is_capitalised(at + 1);
            match length.or(is_name.then_some(2)) {
                Some(length) => at += length,
                None => {
                    telling.push(at);
                    at += 1;
                }
            }
        }
        telling
    }
}

fn count(text: &str, letters: &str) -> usize {
    if letters.is_empty() { 0 } else { text.chars().filter(|letter| letters.contains(*letter)).count() }
}

/// Returns the language of a longer text that is said to be in one, when it is clearly in another.
#[must_use]
pub fn detect_other(text: &str, said: Language) -> Option<Language> {
    // Of what the detector does not know it makes something alike.
    let said = lang_of(said)?;
    let guess = whatlang::detect(text).filter(|guess| guess.is_reliable() && guess.lang() != said)?;
    language_of(guess.lang())
}

/// Returns a detector that chooses among some languages.
pub(super) fn detector(languages: impl Iterator<Item = Language>) -> Detector {
    Detector::with_allowlist(languages.filter_map(lang_of).collect())
}

/// ISO 639-1 codes of the languages that whatlang knows by those of ISO 639-3.
const CODES: &str = "af afr, ak aka, am amh, ar ara, az aze, be bel, bg bul, bn ben, ca cat, cs ces, cy cym, da dan, de deu, \
                     el ell, en eng, eo epo, es spa, et est, fa pes, fi fin, fr fra, gu guj, he heb, hi hin, hr hrv, hu hun, \
                     hy hye, id ind, it ita, ja jpn, jv jav, ka kat, km khm, kn kan, ko kor, la lat, lt lit, lv lav, mk mkd, \
                     ml mal, mr mar, my mya, nb nob, ne nep, nl nld, no nob, or ori, pa pan, pl pol, pt por, ro ron, ru rus, \
                     si sin, sk slk, sl slv, sn sna, sr srp, sv swe, ta tam, te tel, th tha, tk tuk, tl tgl, tr tur, uk ukr, \
                     ur urd, uz uzb, vi vie, yi yid, zh cmn, zu zul";

fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    CODES.split(", ").filter_map(|pair| pair.split_once(' '))
}

fn lang_of(language: Language) -> Option<Lang> {
    let (_, code) = codes().find(|(code, _)| *code == language.code())?;
    Lang::from_code(code)
}

fn language_of(lang: Lang) -> Option<Language> {
    let (code, _) = codes().find(|(_, code)| *code == lang.code())?;
    Language::from_code(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::shipped;

    #[test]
    fn short_messages_show_their_language() {
        let languages = shipped();
        let cases = [
            ("who paid for the workshop", Some("en")),
            ("¿y cuándo fue?", Some("es")),
            ("correo de prensa", Some("es")),
            ("y quien lo pago", Some("es")),
            ("kongreso de mugeres", Some("es")),
            ("what is the RCM", Some("en")),
            ("TB", None),
            ("?", None),
            ("", None),
            ("La Hachadura", None),
            ("el salvador", None),
            ("La ventanilla de La Unión", Some("es")),
            ("buenas tardes", Some("es")),
            ("thanks a lot", Some("en")),
            ("qui a financé l'atelier?", Some("fr")),
            ("combien de migrants sont revenus", Some("fr")),
            ("quelle est la date", Some("fr")),
            ("quem pagou a oficina?", Some("pt")),
            ("quem pagou as diretrizes para mulheres migrantes?", Some("pt")),
            ("quando foi a reunião?", Some("pt")),
            ("¿qué fue la reunión de La Unión?", Some("es")),
            ("Who visited São Paulo?", Some("en")),
            ("workshop in Sao Paulo", Some("en")),
            ("is there an office in Des Moines", Some("en")),
            ("did donors pour money into the workshop", Some("en")),
            ("taller en São Paulo", Some("es")),
            ("what did Merci Corps pay for", Some("en")),
            ("bom dia", Some("pt")),
            ("onde fica o escritorio", Some("pt")),
            ("qual o telefone da imprensa", Some("pt")),
            ("quantos migrantes voltaram em 2015", Some("pt")),
            ("ou est le bureau", Some("fr")),
            ("on m a vole mes papiers et je suis enferme", Some("fr")),
            ("ola de calor 41 grados", Some("es")),
            ("im pregnant 10 weeks, free flu jab", Some("en")),
        ];
        for (text, expected) in cases {
            assert_eq!(languages.detect(text).as_ref().map(Language::code), expected, "{text}");
        }
    }

    #[test]
    fn languages_of_labelled_messages_show_without_their_accents() {
        let languages = shipped();
        let (mut n_usual, mut n_taken, mut n_other, mut n_known) = (0, 0, 0, 0);
        for file in [
            "kept",
            "dev_kept",
            "fit",
            "more",
            "intents/kept",
            "intents/everyday",
            "intents/troubles",
            "university/questions",
            "university/followups",
            "hospital/questions",
        ] {
            let path = format!("{}/tests/questions/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
            for line in std::fs::read_to_string(path).unwrap().lines() {
                let message: serde_json::Value = serde_json::from_str(line).unwrap();
                let text = message["question"].as_str().or(message["text"].as_str()).unwrap();
                let (said, found) = (message["lang"].as_str().unwrap(), languages.detect(&crate::text::fold(text)));
                let found = found.as_ref().map(Language::code);
                match said {
                    "en" | "es" => {
                        n_usual += 1;
                        n_taken += usize::from(!matches!(found, None | Some("en" | "es")));
                    }
                    _ => {
                        n_other += 1;
                        n_known += usize::from(found == Some(said));
                    }
                }
            }
        }
        assert_eq!((n_taken, n_usual), (0, 2_008), "messages in usual languages taken for another");
        assert_eq!((n_known, n_other), (137, 162), "messages in other languages known");
    }

    #[test]
    fn other_languages_are_told_from_english_and_spanish() {
        let languages = shipped();
        let cases = [
            ("wann fand das Treffen über Migrantenkinder statt?", Some("de")),
            ("wer hat den Workshop bezahlt?", Some("de")),
            ("Wie viele Ärzte nahmen teil?", Some("de")),
            ("wo wurde das Fenster eröffnet", Some("de")),
            ("was ist die RCM?", Some("de")),
            ("Gibt es ein Büro in San Miguel?", Some("de")),
            ("warum haben Migranten Tuberkulose", Some("de")),
            ("welche Länder waren dabei", Some("de")),
            ("danke", Some("de")),
            ("Quando si è svolta la riunione sui bambini migranti?", Some("it")),
            ("chi ha pagato il seminario?", Some("it")),
            ("dove si trova la finestra per i migranti?", Some("it")),
            ("quanti medici hanno partecipato", Some("it")),
            ("perché i migranti hanno la tubercolosi?", Some("it")),
            ("cos'è la RCM?", Some("it")),
            ("qual è il numero di telefono?", Some("it")),
            ("quali paesi erano alla riunione", Some("it")),
            ("grazie mille", Some("it")),
            ("où se trouve la fenêtre pour migrants?", Some("fr")),
            ("où a eu lieu la réunion sur les enfants?", Some("fr")),
            ("combien ça coûte?", Some("fr")),
            ("à qui s'adresser?", Some("fr")),
            ("onde fica a janela para os migrantes? não sei", Some("pt")),
            ("who is Carlos Van der Laat", Some("en")),
            ("did Günther Müller pay for it", Some("en")),
            ("what did the Universität Köln say", Some("en")),
            ("who was at the façade of the office", Some("en")),
            ("is die Zeit a newspaper that wrote about it?", Some("en")),
            ("was he paid by Dove or Uber", Some("en")),
            ("tell me about Ho Chi Minh City", Some("en")),
            ("what did the Fondazione della Salute fund", Some("en")),
            ("¿quién es Carlos Van der Laat?", Some("es")),
            ("qué dijo Médecins Sans Frontières del taller", Some("es")),
            ("vergüenza la de la reunión", Some("es")),
            ("què paso con la ventanilla", Some("es")),
            ("y eso de la nueva trova que es", Some("es")),
            ("¿vino alguien de Besançon o de Göteborg?", Some("es")),
            ("cuando hablo el señor della Rocca", Some("es")),
            ("quando fue la reunion de los niños", Some("es")),
        ];
        for (text, expected) in cases {
            assert_eq!(languages.detect(text).as_ref().map(Language::code), expected, "{text}");
        }
    }
}
