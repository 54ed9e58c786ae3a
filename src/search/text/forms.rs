//! Forms of a word in a sentence: plurals, genders, tenses.
//!
//! A stem joins too much for a glossary, whose words stand for each other: Snowball gives *casos*, *casas* and *casarse* one
//! stem, and *deportado* that of *deporte*. So a glossary entry is found under the regular forms made here and no others; what
//! is irregular (*vino*, *took*) is an entry of its own.

use std::collections::BTreeSet;

use crate::text::fold;

/// Endings of a Spanish verb in place of the infinitive's -ar, folded.
const AR: &str = "ar o as a amos an aste aron aba abas aban abamos are ara aras aran aremos aria arian ado ada ados adas \
                  ando arse arme arte arlo arla arlos arlas arle arles arnos ase";
/// Those of them that begin with e, before which some roots are written another way: busqué, pagué, organicé.
const AR_BEFORE_E: &str = "e es emos en";
/// Endings in place of -er and -ir.
const ER_IR: &str = "o es e emos imos en i iste io ieron ia ias ian iamos ere era eran ere eria erian ira iran iria irian ido \
                     ida idos idas iendo a as amos an er ir erse irse erme irme erlo erla erlos erlas irlo irla irlos irlas \
                     erle irle erles irles ernos irnos iera ieran";

/// Endings of Spanish adjectives, folded; other words in -o have no feminine, or it is another word: *caso*, *género*.
const ADJECTIVES: [&str; 14] =
    ["ado", "ido", "oso", "ivo", "ico", "ario", "orio", "ano", "eno", "erto", "izo", "eco", "ermo", "jero"];

/// Returns the forms that an English or Spanish word may take, folded: an acronym has but one, and only what is said to be a
/// Spanish verb is conjugated, because nothing in *border* and *acceder* tells which is one.
pub(crate) fn forms(word: &str, is_verb: bool) -> BTreeSet<String> {
    let folded = fold(word);
    let mut forms = BTreeSet::from([folded.clone()]);
    if is_verb {
        conjugate(&folded, &mut forms);
    } else if !word.chars().all(char::is_uppercase) {
        english(&folded, &mut forms);
        spanish(&folded, &mut forms);
    }
    forms
}

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

fn conjugate(verb: &str, forms: &mut BTreeSet<String>) {
    let mut add = |root: &str, endings: &str| {
        forms.extend(endings.split(' ').map(|ending| format!("{root}{ending}")));
    };
    if let Some(root) = verb.strip_suffix("ar") {
        add(root, AR);
        let before_e = match root.strip_suffix(['c', 'g', 'z']) {
            Some(start) if root.ends_with('c') => format!("{start}qu"),
            Some(start) if root.ends_with('g') => format!("{start}gu"),
            Some(start) => format!("{start}c"),
            None => root.to_owned(),
        };
        add(&before_e, AR_BEFORE_E);
    } else if let Some(root) = verb.strip_suffix("er").or_else(|| verb.strip_suffix("ir")) {
        add(root, ER_IR);
    }
}

fn spanish(word: &str, forms: &mut BTreeSet<String>) {
    let mut add = |root: &str, ending: &str| {
        forms.insert(format!("{root}{ending}"));
    };
    if let Some(root) = word.strip_suffix('o') {
        add(word, "s");
        if ADJECTIVES.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending)) {
            add(root, "a");
            add(root, "as");
        }
    } else if let Some(root) = word.strip_suffix('z') {
        add(root, "ces");
    } else if word.ends_with(['d', 'j', 'l', 'n', 'r']) {
        add(word, "es");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_stay_apart_from_other_words() {
        for (verb, form) in [
            ("organizar", "organizo"),
            ("organizar", "organice"),
            ("pagar", "paguen"),
            ("proteger", "protegido"),
            ("asistir", "asistieron"),
        ] {
            assert!(forms(verb, true).contains(form), "{verb} {form}");
        }
        assert!(!forms("pagar", true).contains("pages"));
        for (word, form) in [
            ("caso", "casos"),
            ("abierto", "abiertas"),
            ("capacitación", "capacitaciones"),
            ("niñez", "nineces"),
            ("case", "cases"),
            ("study", "studied"),
            ("launch", "launches"),
            ("organize", "organizing"),
            ("migrant", "migrants"),
        ] {
            assert!(forms(word, false).contains(form), "{word} {form}");
        }
        for (word, other) in [
            ("caso", "casa"),
            ("costo", "costa"),
            ("año", "ana"),
            ("case", "casa"),
            ("deportado", "deporte"),
            ("care", "cars"),
            ("cost", "costa"),
            ("barrier", "barrio"),
            ("encuentro", "encuentra"),
            ("género", "genera"),
            ("TB", "tbs"),
            ("organize", "organization"),
        ] {
            assert!(!forms(word, false).contains(other), "{word} {other}");
        }
    }
}
