//! What kind of answer a question asks for, and which passages have one to give.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::search::question::spelling::WordList;
use crate::text::{Word, fold, words};

/// The kinds of answers that a question word or verb names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::search) struct Kinds {
    /// A person or an organisation: who, quién.
    pub(in crate::search) who: bool,
    /// A number: how many, cuántos.
    pub(in crate::search) how_many: bool,
    /// A date: when, cuándo.
    pub(in crate::search) when: bool,
    /// A place: where, dónde.
    pub(in crate::search) place: bool,
    /// Who paid: funded, pisto.
    pub(in crate::search) money: bool,
    /// A reason: why, por qué.
    pub(in crate::search) why: bool,
    /// The words behind an acronym: what does DOT stand for.
    pub(in crate::search) acronym: bool,
    /// Whom to call or write to.
    pub(in crate::search) contact: bool,
}

impl Kinds {
    /// Returns the names of those that are asked for.
    pub(in crate::search) fn names(self) -> Vec<&'static str> {
        let Self { who, how_many, when, place, money, why, acronym, contact } = self;
        let all = [who, how_many, when, place, money, why, acronym, contact];
        let names = ["who", "how many", "when", "place", "money", "why", "acronym", "contact"];
        names.into_iter().zip(all).filter(|(_, is_asked)| *is_asked).map(|(name, _)| name).collect()
    }
}

/// Words that ask for a contact wherever they stand.
static CONTACT_WORDS: WordSet = LazyLock::new(|| {
    set("contact contacts contacting contacto contactos contactar contactarme contactarlos phone phones telephone
    telefono telefonos tel cel celular whatsapp email emails mail e-mail correo correos mails spokesperson spokesman spokeswoman vocero
    vocera portavoz comunicarme comunicarnos extension ext")
});

/// Turns of phrase that ask for a contact, as folded words; `*` stands for any one word.
static CONTACT_PHRASES: LazyLock<Vec<Vec<&str>>> =
    LazyLock::new(|| CONTACT_PHRASE_LIST.iter().map(|phrase| phrase.split(' ').collect()).collect());

const CONTACT_PHRASE_LIST: &[&str] = &[
    "who do i *",
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
    "takes questions",
    "answers questions",
    "takes enquiries",
    "atiende consultas",
    "atiende preguntas",
    "responde preguntas",
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
    "hay un numero",
    "hay algun numero",
    "hay numero",
    "tienen un numero",
    "tienen algun numero",
    "numero al que",
    "numero donde",
    "number to call",
    "number for",
    "is there a number",
    "have a number",
    "number i can *",
    "number we can *",
    "donde llamo",
    "adonde llamo",
];

/// Words that only say what is wanted of a contact and name no topic.
static CONTACT_FILLERS: WordSet = LazyLock::new(|| {
    set("press prensa media medios number numero num address direccion officer office oficina name nombre person persona
    responsable encargado encargada call llamar llamo ask preguntar pregunto write escribir escribo speak talk hablar hablo reach touch story
    note nota article release releases comunicado comunicados noticia news journalist periodista reporter further para")
});

pub(in crate::search) static MONEY_WORDS: WordSet = LazyLock::new(|| {
    set("paid pay pays cash bill funded fund funds funding finance financed finances sponsor sponsored sponsors donor donors donated
    money bankrolled pago pagaron paga pagan pagado financio financiaron financia financian financiamiento financiado financiada fondos plata pisto dinero
    patrocino patrocina donante donantes dono")
});

/// Words before “who” and “quién” that leave it a question; behind others it joins a clause: “somebody who was sent back”.
static BEFORE_WHO: WordSet = LazyLock::new(|| {
    set("and or but so by with to for from of about know tell me then exactly out say wonder idea y e de a con por para pues
    saber sabe sabes saben digame dime dice decime idea")
});

/// Who a question asks for when “which” or “what” stands before.
static WHO_NOUNS: WordSet = LazyLock::new(|| {
    set("ministries agencies agency organisations organizations organisation organization institutions institution entities
    groups governments government people person donor donors official officials nations nation ngo ngos ministerios agencias
    agencia organizaciones organizacion instituciones institucion entidades entidad gobiernos gobierno autoridades personas
    donante donantes organismos organismo")
});

/// Where it asks for, likewise.
static PLACE_NOUNS: WordSet = LazyLock::new(|| {
    set("city country countries department town region part place places border ciudad pais paises departamento lugar lugares
    parte zona municipio frontera")
});

/// When it asks for, likewise.
static TIME_NOUNS: WordSet = LazyLock::new(|| set("day year month days date dia ano mes dias fecha"));

static WHICH: WordSet = LazyLock::new(|| set("what which wich wat whose que ke cual kual cuales other otros otras"));
static AMOUNTS: WordSet = LazyLock::new(|| set("many much long far old often big"));

/// Tells what kinds of answers a question asks for.
pub(in crate::search) fn kinds_asked(text: &str) -> Kinds {
    let words: Vec<Word<'_>> = words(text).collect();
    let folded: Vec<String> = words.iter().map(|word| fold(word.text)).collect();
    let has = |list: &[&str]| folded.iter().any(|word| list.contains(&word.as_str()));
    let is_pair = |first: &dyn Fn(&str) -> bool, second: &dyn Fn(&str) -> bool| {
        folded.windows(2).any(|pair| first(&pair[0]) && second(&pair[1]))
    };
    let follows_which = |nouns: &WordSet| is_pair(&|word| is_in(&WHICH, word), &|word| is_in(nouns, word));
    let begins_clause = |at: usize| {
        at == 0
            || is_in(&BEFORE_WHO, &folded[at - 1])
            || text[words[at - 1].range.end..words[at].range.start].contains(|c: char| !c.is_whitespace())
    };
    let asks_who = |at: usize| match folded[at].as_str() {
        "who" | "whom" | "whose" | "who's" | "kien" => begins_clause(at),
        "quien" | "quienes" => begins_clause(at) || words[at].text.contains(['é', 'É']),
        _ => false,
    };
    Kinds {
        who: (0..words.len()).any(asks_who) || follows_which(&WHO_NOUNS),
        how_many: is_pair(&|word| word == "how", &|word| is_in(&AMOUNTS, word))
            || has(&["cuantos", "cuantas", "cuanto", "cuanta", "kuantos"])
            || is_pair(&|word| ["number", "count", "total", "percentage"].contains(&word), &|word| word == "of")
            || is_pair(&|word| ["numero", "cantidad", "total", "porcentaje", "cifra"].contains(&word), &|word| {
                word == "de"
            }),
        when: has(&["when", "cuando", "fecha", "fechas", "date", "dates", "kuando"]) || follows_which(&TIME_NOUNS),
        place: has(&["where", "donde", "adonde", "lugar", "lugares", "place", "places"]) || follows_which(&PLACE_NOUNS),
        money: folded.iter().any(|word| is_in(&MONEY_WORDS, word)),
        why: has(&["why", "razon", "razones", "motivo", "motivos", "reason", "reasons"])
            || is_pair(&|word| word == "por", &|word| word == "que")
            || is_pair(&|word| word == "how", &|word| word == "come")
            || folded.first().is_some_and(|first| ["porque", "porke"].contains(&first.as_str())),
        acronym: has(&ACRONYM_WORDS)
            || is_pair(&|word| ["stand", "stands", "short"].contains(&word), &|word| word == "for")
            || is_pair(&|word| word == "quiere", &|word| word == "decir"),
        contact: folded.iter().any(|word| is_in(&CONTACT_WORDS, word))
            || CONTACT_PHRASES.iter().any(|phrase| holds_phrase(&folded, phrase)),
    }
}

const ACRONYM_WORDS: [&str; 4] = ["siglas", "significa", "significan", "acronym"];

/// Tells whether a folded word of a question for the words behind an acronym only asks.
pub(in crate::search) fn asks_for_words_behind(folded: &str) -> bool {
    ACRONYM_WORDS.contains(&folded) || ["stand", "stands", "short", "quiere", "decir"].contains(&folded)
}

/// Tells whether a folded word of a question for a contact names no topic.
pub(in crate::search) fn is_contact_filler(folded: &str) -> bool {
    is_in(&CONTACT_WORDS, folded) || is_in(&CONTACT_FILLERS, folded)
}

/// Folded words to look for, in every sentence of a corpus and in every question.
pub(in crate::search) type WordSet = LazyLock<HashSet<&'static str>>;

pub(in crate::search) fn set(list: &'static str) -> HashSet<&'static str> {
    list.split_whitespace().collect()
}

/// Tells whether a folded word that begins with a digit may be a year.
pub(in crate::search) fn is_year(folded: &str) -> bool {
    folded.len() == 4 && (folded.starts_with("19") || folded.starts_with("20"))
}

pub(in crate::search) fn is_in(list: &WordSet, word: &str) -> bool {
    list.contains(word)
}

fn holds_phrase(folded: &[String], phrase: &[&str]) -> bool {
    folded
        .windows(phrase.len())
        .any(|window| window.iter().zip(phrase).all(|(word, expected)| *expected == "*" || word == expected))
}

/// What kinds of answers a text has to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::search) struct Evidence {
    pub(in crate::search) name: bool,
    pub(in crate::search) number: bool,
    pub(in crate::search) date: bool,
    pub(in crate::search) place: bool,
    pub(in crate::search) money: bool,
    pub(in crate::search) reason: bool,
    /// An acronym in brackets behind its words.
    pub(in crate::search) acronym: bool,
}

pub(in crate::search) static MONTHS: WordSet = LazyLock::new(|| {
    set("january february march april may june july august september october november december enero febrero marzo
    abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre")
});
static RELATIVE_DAYS: WordSet =
    LazyLock::new(|| set("yesterday today tomorrow day week month year dia ayer hoy manana semana mes ano"));
/// Words beside which somebody is named: titles, and what people do at events.
static NAMED_BESIDE: WordSet = LazyLock::new(|| {
    set("mr mrs ms dr sr sra dra director directora chief jefe minister ministers ministro ministra ambassador ambassadors
    embajador embajadora representative representatives representantes president presidente presidenta head said dijo
    explained stated participants participated attended attendees delegates officials members staffed team specialists
    organized presented provided executed coordination chaired led participantes participaron asistieron funcionarios
    miembros organizaron presentaron ejecutado coordinacion presidio")
});
static NUMBERS: WordSet = LazyLock::new(|| {
    set("two three four five six seven eight nine ten hundred thousand million dozens half first second third 3rd dos tres
    cuatro cinco seis siete ocho nueve diez cien mil millones decenas mitad primer primera segundo segunda tercer tercera")
});
/// Words of reasons; releases also give one by what stands out: “one of the departments with the highest level of mobility”.
static REASONS: WordSet = LazyLock::new(|| {
    set("because due thus therefore hence owing since reason reasons cause causes caused result impact highest greatest most
    porque debido pues razon razones motivo motivos causa causas causado impacto")
});
static NAMING: WordSet = LazyLock::new(|| set("by with from por con"));
static ARTICLES: WordSet = LazyLock::new(|| set("the a an el la los las"));
static PLACING: WordSet = LazyLock::new(|| set("in at near from en desde"));

impl Evidence {
    /// Returns what two texts have to give together.
    pub(in crate::search) fn and(self, other: Self) -> Self {
        Self {
            name: self.name || other.name,
            number: self.number || other.number,
            date: self.date || other.date,
            place: self.place || other.place,
            money: self.money || other.money,
            reason: self.reason || other.reason,
            acronym: self.acronym || other.acronym,
        }
    }
}

/// Tells what a text has to give: by capitals, digits, `places` and a few words, in English and Spanish.
pub(in crate::search) fn evidence_in(text: &str, places: &WordList) -> Evidence {
    let mut evidence = Evidence::default();
    let mut previous: Option<(Word<'_>, String)> = None;
    for word in words(text) {
        let folded = fold(word.text);
        let is_capital = word.text.starts_with(char::is_uppercase);
        let is_month = is_in(&MONTHS, &folded) && is_capital;
        if word.text.starts_with(|first: char| first.is_ascii_digit()) {
            let after_month = previous.as_ref().is_some_and(|(_, before)| is_in(&MONTHS, before));
            if is_year(&folded) {
                evidence.date = true;
            } else if !after_month {
                evidence.number = true;
            }
        }
        if is_month || is_in(&RELATIVE_DAYS, &folded) {
            evidence.date = true;
        }
        evidence.number |= is_in(&NUMBERS, &folded);
        evidence.name |= is_in(&NAMED_BESIDE, &folded);
        evidence.money |= is_in(&MONEY_WORDS, &folded) || folded.starts_with("financ");
        evidence.reason |= is_in(&REASONS, &folded);
        evidence.place |= places.contains(&folded);
        let is_acronym = word.text.chars().count() > 1 && word.text.chars().all(char::is_uppercase);
        evidence.acronym |=
            is_acronym && text[..word.range.start].ends_with('(') && text[word.range.end..].starts_with(')');
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
pub(in crate::search) fn share_given(asked: Kinds, evidence: Evidence) -> Option<f32> {
    let pairs = [
        // Who paid: the payer stands where the money does, and any other name is no answer.
        (asked.who && !asked.money, evidence.name),
        (asked.how_many, evidence.number),
        (asked.when, evidence.date),
        (asked.place, evidence.place),
        (asked.money, evidence.money),
        (asked.why, evidence.reason),
        (asked.acronym, evidence.acronym),
    ];
    let n_asked = pairs.iter().filter(|(asked, _)| *asked).count();
    let n_given = pairs.iter().filter(|(asked, given)| *asked && *given).count();
    (n_asked > 0).then(|| n_given as f32 / n_asked as f32)
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
            "¿hay un número al que pueda llamar?",
            "is there a number too?",
            "¿tienen algún número donde pregunte?",
        ] {
            assert!(kinds_asked(text).contact, "{text}");
        }
        for text in [
            "who chaired the event?",
            "how many victims",
            "number of victims",
            "¿cuál es el número de víctimas?",
            "and the number of children?",
            "¿Quién pagó el taller?",
            "press release on TB",
        ] {
            assert!(!kinds_asked(text).contact, "{text}");
        }
    }

    #[test]
    fn an_acronym_is_spelt_out_where_it_stands_in_brackets() {
        for text in ["What does DOT stand for?", "¿Qué significa CRM?", "¿qué quiere decir PNC?"] {
            assert!(kinds_asked(text).acronym, "{text}");
        }
        let places = WordList::default();
        assert!(evidence_in("directly observed treatment (DOT) and care", &places).acronym);
        assert!(!evidence_in("at the DOT clinics (see video)", &places).acronym);
    }

    #[test]
    fn who_asks_only_where_it_begins_a_clause() {
        for text in [
            "who chaired it?",
            "Hi, who paid?",
            "and with whom?",
            "¿y a quién?",
            "me dice quién fue",
            "quiero saber quien organizo el taller",
            "digame quien fue",
            "any idea who paid?",
            "which agencies sat in?",
            "¿cuáles ministerios mandaron gente?",
        ] {
            assert!(kinds_asked(text).who, "{text}");
        }
        for text in ["is there help for somebody who was sent back?", "la gente quien emigra", "what happened?"] {
            assert!(!kinds_asked(text).who, "{text}");
        }
    }

    #[test]
    fn kinds_meet_their_evidence() {
        let places = WordList::default();
        let asked = kinds_asked("¿Cuántos y cuándo?");
        assert!(asked.how_many && asked.when);
        assert_eq!(share_given(asked, evidence_in("On November 3rd 100 doctors met.", &places)), Some(1.0));
        let evidence = evidence_in("financed by the IOM Development Fund", &places);
        assert_eq!(share_given(kinds_asked("who paid?"), evidence), Some(1.0));
        assert_eq!(share_given(kinds_asked("how many meetings?"), evidence_in("two meetings", &places)), Some(1.0));
        assert_eq!(share_given(kinds_asked("which town?"), evidence_in("two meetings", &places)), Some(0.0));
        let reason = evidence_in("We welcome this, because migrants cross borders.", &places);
        for asked in ["why?", "¿Por qué viajan?", "porque viajan los niños", "how come?", "¿cuál fue el motivo?"] {
            assert_eq!(share_given(kinds_asked(asked), reason), Some(1.0), "{asked}");
        }
        assert!(!kinds_asked("el taller por el que preguntan").why);
    }
}
