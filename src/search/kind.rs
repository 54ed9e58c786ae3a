//! What kind of answer a question asks for, and which passages have one to give.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::text::{Word, fold, words};

/// The kinds of answers that a question word or verb names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds {
    /// A person or an organisation: who, quién.
    pub(super) who: bool,
    /// A number: how many, cuántos.
    pub(super) how_many: bool,
    /// A date: when, cuándo.
    pub(super) when: bool,
    /// A place: where, dónde.
    pub(super) place: bool,
    /// Who paid: funded, pisto.
    pub(super) money: bool,
    /// Whom to call or write to.
    pub(super) contact: bool,
}

/// Words that ask for a contact wherever they stand.
static CONTACT_WORDS: WordSet = LazyLock::new(|| {
    set("contact contacts contacting contacto contactos contactar contactarme contactarlos phone phones telephone
    telefono telefonos tel cel celular whatsapp email emails mail e-mail correo correos mails spokesperson spokesman spokeswoman vocero
    vocera portavoz comunicarme comunicarnos")
});

/// Turns of phrase that ask for a contact, as folded words; `*` stands for any one word.
const CONTACT_PHRASES: &[&str] = &[
    "who do i * ",
    "who should i *",
    "who can i *",
    "whom do i *",
    "whom should i *",
    "whom can i *",
    "who to call",
    "who to ask",
    "who to write",
    "who could i *",
    "get in touch",
    "talk to someone",
    "speak to someone",
    "speak with someone",
    "press office",
    "press officer",
    "media office",
    "press person",
    "oficina de prensa",
    "a que numero",
    "que numero",
    "a quien le pregunto",
    "a quien le escribo",
    "a quien le llamo",
    "a quien llamo",
    "a quien escribo",
    "a quien pregunto",
    "a quien le hablo",
    "a quien puedo *",
    "a quien debo *",
    "con quien hablo",
    "con quien puedo *",
    "con quien me *",
    "quien me puede *",
    "quien me atiende",
    "hablar con alguien",
    "numero para llamar",
    "number to call",
    "number for",
    "donde llamo",
    "adonde llamo",
];

/// Words that only say what is wanted of a contact and name no topic.
static CONTACT_FILLERS: WordSet = LazyLock::new(|| {
    set("press prensa media medios number numero num address direccion officer office oficina name nombre person persona
    responsable encargado encargada call llamar llamo ask preguntar pregunto write escribir escribo speak talk hablar hablo reach touch story
    note nota article release releases comunicado comunicados noticia news journalist periodista reporter further para")
});

static MONEY_WORDS: WordSet = LazyLock::new(|| {
    set("paid pay pays funded fund funds funding finance financed finances sponsor sponsored sponsors donor donors donated
    money bankrolled pago pagaron paga pagan pagado financio financiaron financia financian financiamiento financiado financiada fondos plata pisto dinero
    patrocino patrocina donante donantes dono")
});

/// Tells what kinds of answers a question asks for.
pub(super) fn kinds_asked(text: &str) -> Kinds {
    let folded: Vec<String> = words(text).map(|word| fold(word.text)).collect();
    let has = |list: &[&str]| folded.iter().any(|word| list.contains(&word.as_str()));
    let is_after = |word: &str, before: &[&str]| {
        folded.windows(2).any(|pair| pair[1] == word && before.contains(&pair[0].as_str()))
    };
    let many = ["many", "much", "long", "far", "old", "often"];
    Kinds {
        who: has(&["who", "whom", "whose", "who's", "quien", "quienes", "kien"]),
        how_many: many.iter().any(|word| is_after(word, &["how"]))
            || has(&["cuantos", "cuantas", "cuanto", "cuanta", "kuantos"])
            || is_after("of", &["number", "count", "total", "percentage"])
            || is_after("de", &["numero", "cantidad", "total", "porcentaje", "cifra"]),
        when: has(&["when", "cuando", "fecha", "fechas", "date", "dates", "kuando"])
            || is_after("day", &["what", "which"])
            || is_after("year", &["what", "which"])
            || is_after("month", &["what", "which"])
            || is_after("dia", &["que"])
            || is_after("ano", &["que"])
            || is_after("mes", &["que"]),
        place: has(&["where", "donde", "adonde", "lugar", "lugares", "place", "places"])
            || is_after("city", &["what", "which"])
            || is_after("country", &["what", "which"])
            || is_after("ciudad", &["que"])
            || is_after("pais", &["que"]),
        money: folded.iter().any(|word| is_in(&MONEY_WORDS, word)),
        contact: folded.iter().any(|word| is_in(&CONTACT_WORDS, word))
            || CONTACT_PHRASES.iter().any(|phrase| holds_phrase(&folded, phrase)),
    }
}

/// Tells whether a folded word of a question for a contact names no topic.
pub(super) fn is_contact_filler(folded: &str) -> bool {
    is_in(&CONTACT_WORDS, folded) || is_in(&CONTACT_FILLERS, folded)
}

/// Folded words to look for in every sentence of a corpus.
type WordSet = LazyLock<HashSet<&'static str>>;

fn set(list: &'static str) -> HashSet<&'static str> {
    list.split_whitespace().collect()
}

fn is_in(list: &WordSet, word: &str) -> bool {
    list.contains(word)
}

fn holds_phrase(folded: &[String], phrase: &str) -> bool {
    let pattern: Vec<&str> = phrase.split_whitespace().collect();
    folded
        .windows(pattern.len())
        .any(|window| window.iter().zip(&pattern).all(|(word, expected)| *expected == "*" || word == expected))
}

/// What kinds of answers a text has to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Evidence {
    pub(super) name: bool,
    pub(super) number: bool,
    pub(super) date: bool,
    pub(super) place: bool,
    pub(super) money: bool,
}

static MONTHS: WordSet = LazyLock::new(|| {
    set("january february march april may june july august september october november december enero febrero marzo
    abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre")
});
static RELATIVE_DAYS: WordSet =
    LazyLock::new(|| set("yesterday today tomorrow week month year ayer hoy manana semana mes ano"));
static TITLES: WordSet = LazyLock::new(|| {
    set("mr mrs ms dr sr sra dra director chief minister ambassador representative president head said explained stated
    dijo director directora jefe ministro embajadora presidente")
});
static NAMING: WordSet = LazyLock::new(|| set("by with from por con"));
static ARTICLES: WordSet = LazyLock::new(|| set("the a an el la los las"));
static PLACING: WordSet = LazyLock::new(|| set("in at near from en desde"));

impl Evidence {
    /// Returns what two texts have to give together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            name: self.name || other.name,
            number: self.number || other.number,
            date: self.date || other.date,
            place: self.place || other.place,
            money: self.money || other.money,
        }
    }
}

/// Tells what a text has to give: by capitals, digits and a few words, in English and Spanish.
pub(super) fn evidence_in(text: &str) -> Evidence {
    let mut evidence = Evidence::default();
    let mut previous: Option<(Word<'_>, String)> = None;
    for word in words(text) {
        let folded = fold(word.text);
        let is_capital = word.text.starts_with(char::is_uppercase);
        let is_month = is_in(&MONTHS, &folded) && is_capital;
        if word.text.starts_with(|first: char| first.is_ascii_digit()) {
            let is_year = folded.len() == 4 && (folded.starts_with("19") || folded.starts_with("20"));
            let after_month = previous.as_ref().is_some_and(|(_, before)| is_in(&MONTHS, before));
            if is_year {
                evidence.date = true;
            } else if !after_month {
                evidence.number = true;
            }
        }
        if is_month || is_in(&RELATIVE_DAYS, &folded) {
            evidence.date = true;
        }
        if is_in(&TITLES, &folded) {
            evidence.name = true;
        }
        if is_in(&MONEY_WORDS, &folded) || folded.starts_with("financ") {
            evidence.money = true;
        }
        if let Some((_, before)) = &previous
            && is_capital
            && !is_month
        {
            evidence.place |= is_in(&PLACING, before);
            evidence.name |= is_in(&NAMING, before);
        }
        // “by the IOM Development Fund”: an article stands between and tells nothing.
        if !is_in(&ARTICLES, &folded) {
            previous = Some((word, folded));
        }
    }
    evidence
}

/// Returns the share of the kinds asked for that a text can give; `None` when no kind is asked for.
pub(super) fn share_given(asked: Kinds, evidence: Evidence) -> Option<f32> {
    let pairs = [
        (asked.who, evidence.name),
        (asked.how_many, evidence.number),
        (asked.when, evidence.date),
        (asked.place, evidence.place),
        (asked.money, evidence.money),
    ];
    let n_asked = pairs.iter().filter(|(asked, _)| *asked).count();
    let n_given = pairs.iter().filter(|(asked, given)| *asked && *given).count();
    (n_asked > 0).then(|| n_given as f32 / n_asked as f32)
}

/// Returns the byte ranges of what answers the kinds asked for: the number, the date, the capitalised name.
pub(super) fn answering_words(text: &str, asked: Kinds) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    if !asked.how_many && !asked.when {
        return ranges;
    }
    for word in words(text) {
        let folded = fold(word.text);
        let is_number = word.text.starts_with(|first: char| first.is_ascii_digit());
        let is_year = is_number && folded.len() == 4 && (folded.starts_with("19") || folded.starts_with("20"));
        let is_month = is_in(&MONTHS, &folded) && word.text.starts_with(char::is_uppercase);
        if asked.how_many && is_number && !is_year || asked.when && (is_year || is_month || is_number) {
            ranges.push(word.range);
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_for_contacts_are_told_from_others() {
        for text in [
            "who do I call about the women's guidelines?",
            "correo de prensa",
            "¿a quién le pregunto por las reuniones?",
            "their email?",
            "phone number for the TB story",
            "press office",
        ] {
            assert!(kinds_asked(text).contact, "{text}");
        }
        for text in [
            "who chaired the event?",
            "how many victims",
            "number of victims",
            "¿Quién pagó el taller?",
            "press release on TB",
        ] {
            assert!(!kinds_asked(text).contact, "{text}");
        }
    }

    #[test]
    fn kinds_meet_their_evidence() {
        let asked = kinds_asked("¿Cuántos y cuándo?");
        assert!(asked.how_many && asked.when);
        assert!(share_given(asked, evidence_in("On November 3rd 100 doctors met.")) == Some(1.0));
        assert!(
            share_given(kinds_asked("who paid?"), evidence_in("financed by the IOM Development Fund")) == Some(1.0)
        );
    }
}
