//! The forms that a word takes in a sentence: plurals, genders, tenses.
//!
//! A stem joins too much for a glossary, whose words stand for each other: Snowball gives *casos*, *casas* and *casarse* one
//! stem, and *deportado* that of *deporte*. So a glossary entry is found under the forms listed here and no others. They are
//! the regular ones; what is irregular (*vino*, *took*) is an entry of its own.

use std::collections::BTreeSet;

use crate::text::fold;

/// What a Spanish verb's root takes in place of the infinitive's -ar, folded: present, past, future, conditional,
/// subjunctive, participles, gerund.
const AR: &str = "ar o as a amos an aste aron aba abas aban abamos are ara aras aran aremos aria arian ado ada ados adas \
                  ando arse arme arte arlo arla arlos arlas arle arles arnos ase";
/// What of these begins with e, before which some roots are written another way: busqué, pagué, organicé.
const AR_BEFORE_E: &str = "e es emos en";
/// The same for -er and -ir.
const ER_IR: &str = "o es e emos imos en i iste io ieron ia ias ian iamos ere era eran ere eria erian ira iran iria irian ido \
                     ida idos idas iendo a as amos an er ir erse irse erme irme erlo erla erlos erlas irlo irla irlos irlas \
                     erle irle erles irles ernos irnos iera ieran";

/// Returns the forms that an English or Spanish word may take, folded; an acronym has but one.
pub(super) fn forms(word: &str) -> BTreeSet<String> {
    let folded = fold(word);
    let mut forms = BTreeSet::from([folded.clone()]);
    if !word.chars().all(char::is_uppercase) {
        english(&folded, &mut forms);
        spanish(&folded, &mut forms);
    }
    forms
}

/// Words in -o of fewer letters are seldom adjectives, and their feminine is another word: *caso*, *casa*; *libro*, *libra*.
const SHORTEST_ADJECTIVE: usize = 6;

fn english(word: &str, forms: &mut BTreeSet<String>) {
    let mut add = |root: &str, endings: &str| {
        forms.extend(endings.split(' ').map(|ending| format!("{root}{ending}")));
    };
    if let Some(root) = word.strip_suffix('e') {
        add(root, "es ed ing");
    } else if let Some(root) = word.strip_suffix('y').filter(|root| !root.ends_with(['a', 'e', 'o', 'u'])) {
        add(root, "ies ied ying");
    } else if word.ends_with(['s', 'x', 'z']) || word.ends_with("ch") || word.ends_with("sh") {
        add(word, "es ed ing");
    } else {
        add(word, "s ed ing");
    }
}

fn spanish(word: &str, forms: &mut BTreeSet<String>) {
    let mut add = |root: &str, endings: &str| {
        forms.extend(endings.split(' ').map(|ending| format!("{root}{ending}")));
    };
    if let Some(root) = word.strip_suffix("ar").filter(|root| root.len() > 1) {
        add(root, AR);
        let before_e = match root.as_bytes().last() {
            Some(b'c') => format!("{}qu", &root[..root.len() - 1]),
            Some(b'g') => format!("{root}u"),
            Some(b'z') => format!("{}c", &root[..root.len() - 1]),
            _ => root.to_owned(),
        };
        add(&before_e, AR_BEFORE_E);
    } else if let Some(root) = word.strip_suffix("er").or_else(|| word.strip_suffix("ir")).filter(|root| root.len() > 1)
    {
        add(root, ER_IR);
    }
    match word.as_bytes().last() {
        Some(b'o') if word.len() >= SHORTEST_ADJECTIVE => add(&word[..word.len() - 1], "o a os as"),
        Some(b'o') => add(word, "s"),
        Some(b'a' | b'e') => add(word, "s"),
        Some(b'z') => add(&word[..word.len() - 1], "ces"),
        Some(b's') => {}
        _ => add(word, "es a as"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_the_word_and_of_no_other() {
        for (word, form) in [
            ("caso", "casos"),
            ("abierto", "abiertas"),
            ("organizar", "organizo"),
            ("organizar", "organice"),
            ("pagar", "paguen"),
            ("proteger", "protegido"),
            ("asistir", "asistieron"),
            ("capacitación", "capacitaciones"),
            ("niñez", "nineces"),
            ("case", "cases"),
            ("study", "studied"),
            ("launch", "launches"),
            ("organize", "organizing"),
            ("migrant", "migrants"),
        ] {
            assert!(forms(word).contains(form), "{word} {form}");
        }
        for (word, other) in [
            ("caso", "casa"),
            ("costo", "costa"),
            ("case", "casa"),
            ("deportado", "deporte"),
            ("care", "cars"),
            ("pagar", "pages"),
            ("TB", "tbs"),
            ("organize", "organization"),
        ] {
            assert!(!forms(word).contains(other), "{word} {other}");
        }
    }
}
