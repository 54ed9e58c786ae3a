//! Kinds of answers that a question asks for.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::search::text::kinds::Kinds;
use crate::search::text::lexicon::{CURRENCIES, MONEY, WordSet, set};
use crate::text::{Word, Words};

/// Phrases that ask for each kind, folded: `a|b` is either word, `*` any word, `<which>` one of [`WHICH`].
const PHRASES: [(Kinds, &str); 10] = [
    (
        Kinds::WHO,
        "<which> ministries|agencies|agency|organisations|organizations|organisation|organization|institutions|\
        institution|entities|groups|governments|government|people|person|donor|donors|official|officials|nations|\
        nation|ngo|ngos|ministerios|agencias|agencia|organizaciones|organizacion|instituciones|institucion|\
        entidades|entidad|gobiernos|gobierno|autoridades|personas|donante|donantes|organismos|organismo",
    ),
    (
        Kinds::HOW_MANY,
        "how many|much|long|far|old|often|big, cuantos|cuantas|cuanto|cuanta|kuantos, number|count|total|percentage \
        of, numero|cantidad|total|porcentaje|cifra de",
    ),
    (
        Kinds::WHEN,
        "when|cuando|kuando|fecha|fechas|date|dates, <which> day|year|month|days|date|dia|ano|mes|dias|fecha",
    ),
    (
        Kinds::PLACE,
        "where|donde|adonde|lugar|lugares|place|places, <which> city|country|countries|department|town|region|part|\
        place|places|border|ciudad|pais|paises|departamento|lugar|lugares|parte|zona|municipio|frontera",
    ),
    (Kinds::WHY, "why|razon|razones|motivo|motivos|reason|reasons, por que, how come"),
    (Kinds::ACRONYM, "siglas|significa|significan|acronym, stand|stands|short for, quiere decir"),
    (
        Kinds::CONTACT,
        "contact|contacts|contacting|contacto|contactos|contactar|contactarme|contactarlos|phone|phones|telephone|\
        telefono|telefonos|tel|cel|celular|whatsapp|email|emails|mail|e-mail|correo|correos|mails|spokesperson|\
        spokesman|spokeswoman|vocero|vocera|portavoz|comunicarme|comunicarnos|extension|ext, who|whom do|should|can \
        i *, who could i *, who to call|ask|write, get in touch, talk|speak to someone, speak with someone, press \
        office|officer|person, media office, takes|answers questions, takes enquiries, atiende consultas|preguntas, \
        responde preguntas, oficina de prensa, que numero, a quien le pregunto|escribo|llamo|hablo, a quien llamo|\
        escribo|pregunto, a quien puedo|debo *, con quien hablo, con quien puedo|me *, quien me puede *, quien me \
        atiende, hablar con alguien, numero para llamar, hay numero, hay un|algun numero, tienen un|algun numero, \
        numero al que, numero donde, number for, number to call, is there a number, have a number, number i|we can \
        *, donde|adonde llamo",
    ),
    (Kinds::AMOUNT, "price|prices|fee|fees|salary|wage|wages|precio|precios|tarifa|tarifas|sueldo|sueldos|salario"),
    (Kinds::HOUR, "horario|horarios, what|opening|office time|times|hours, que hora|horas"),
    (Kinds::AGE, "how old, what age, que edad"),
];

/// Words before a noun that ask for one of its kind.
const WHICH: &str = "what|which|wich|wat|whose|que|ke|cual|kual|cuales|other|otros|otras";

/// Words that only say what is wanted of a contact and name no topic.
static CONTACT_FILLERS: WordSet = LazyLock::new(|| {
    set("press prensa media medios number numero num address direccion officer office oficina name nombre person persona
    responsable encargado encargada call llamar llamo ask preguntar pregunto write escribir escribo speak talk hablar hablo reach touch story
    note nota article release releases comunicado comunicados noticia news journalist periodista reporter further para")
});

/// Words before “who” and “quién” that leave it a question; behind others it joins a clause: “somebody who was sent back”.
static BEFORE_WHO: WordSet = LazyLock::new(|| {
    set("and or but so by with to for from of about know tell me then exactly out say wonder idea y e de a con por para pues
    saber sabe sabes saben digame dime dice decime idea")
});

/// Words beside which “how much” asks for an amount of money, as it does beside words of money.
static COSTING: WordSet = LazyLock::new(|| {
    set("cost costs dollars charge charges give gives gave given donate invest invested spend spent worth cuesta cuestan costo
    costaba costaron vale valen dolares dio dieron puso pusieron invirtio invirtieron gasto gastaron cobra cobran")
});

/// Words of questions for the words behind an acronym, which name no topic.
const ACRONYM_FILLERS: [&str; 9] =
    ["siglas", "significa", "significan", "acronym", "stand", "stands", "short", "quiere", "decir"];

/// A phrase that asks for a kind.
struct Phrase {
    kind: Kinds,
    /// The words behind the first, each with its alternatives.
    rest: Vec<Vec<&'static str>>,
}

impl Phrase {
    fn goes_on(&self, words: &[Word]) -> bool {
        let is_met = |(any_of, word): (&Vec<&str>, &Word)| any_of.iter().any(|one| *one == "*" || word.folded == *one);
        words.len() >= self.rest.len() && self.rest.iter().zip(words).all(is_met)
    }
}

/// The phrases by their first words.
static PHRASES_BY_START: LazyLock<HashMap<&str, Vec<Phrase>>> = LazyLock::new(|| {
    let mut by_start: HashMap<&str, Vec<Phrase>> = HashMap::new();
    for (kind, phrases) in PHRASES {
        for phrase in phrases.split(',') {
            let alternatives = |part: &'static str| if part == "<which>" { WHICH } else { part }.split('|').collect();
            let mut parts = phrase.split_whitespace().map(alternatives);
            let first: Vec<&str> = parts.next().unwrap_or_default();
            let rest: Vec<Vec<&str>> = parts.collect();
            for start in first {
                by_start.entry(start).or_default().push(Phrase { kind, rest: rest.clone() });
            }
        }
    }
    by_start
});

/// Returns the kinds of answers that a question asks for.
pub(crate) fn kinds_asked(words: &Words<'_>) -> Kinds {
    let has = |wanted: &[&str]| words.folded().any(|word| wanted.contains(&word));
    let has_any_of = |list: &WordSet| words.folded().any(|word| list.contains(word));
    let follow = |first: &str, second: &str| {
        words.folded().zip(words.folded().skip(1)).any(|(one, other)| one == first && other == second)
    };
    let mut kinds = Kinds::empty();
    for (at, word) in words.iter().enumerate() {
        let phrases = PHRASES_BY_START.get(word.folded.as_str()).into_iter().flatten();
        for phrase in phrases.filter(|phrase| phrase.goes_on(&words[at + 1..])) {
            kinds |= phrase.kind;
        }
        if asks_who(words, at) {
            kinds |= Kinds::WHO;
        }
    }
    if has_any_of(&MONEY) {
        kinds |= Kinds::MONEY;
    }
    if words.folded().next().is_some_and(|first| matches!(first, "porque" | "porke")) {
        kinds |= Kinds::WHY;
    }
    let how_much = follow("how", "much") || has(&["cuanto", "cuanta"]);
    let how_many = follow("how", "many") || has(&["cuantos"]);
    if how_much && (kinds.contains(Kinds::MONEY) || has_any_of(&COSTING)) || how_many && has_any_of(&CURRENCIES) {
        kinds |= Kinds::AMOUNT;
    }
    if follow("cuantos", "anos") && has(&["tiene", "tienen"]) {
        kinds |= Kinds::AGE;
    }
    kinds
}

/// Tells whether a word asks for a person or an organisation: it begins a clause or bears an accent.
fn asks_who(words: &Words<'_>, at: usize) -> bool {
    let begins_clause = || {
        at == 0
            || BEFORE_WHO.contains(words[at - 1].folded.as_str())
            || words.gap_before(at).contains(|letter: char| !letter.is_whitespace())
    };
    match words[at].folded.as_str() {
        "who" | "whom" | "whose" | "who's" | "kien" => begins_clause(),
        "quien" | "quienes" => begins_clause() || words.written(at).contains(['é', 'É']),
        _ => false,
    }
}

/// Tells whether a folded word of a question for these kinds names no topic.
pub(crate) fn is_filler(asked: Kinds, folded: &str) -> bool {
    let asks_contact = || {
        let phrases = PHRASES_BY_START.get(folded).into_iter().flatten();
        phrases.into_iter().any(|phrase| phrase.kind == Kinds::CONTACT && phrase.rest.is_empty())
    };
    asked.contains(Kinds::CONTACT) && (CONTACT_FILLERS.contains(folded) || asks_contact())
        || asked.contains(Kinds::ACRONYM) && ACRONYM_FILLERS.contains(&folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::text::spans;
    use crate::search::text::word_list::WordList;

    fn asks(text: &str, kinds: Kinds) -> bool {
        kinds_asked(&Words::of(text)).intersects(kinds)
    }

    #[test]
    fn contact_questions_are_told_from_others() {
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
            assert!(asks(text, Kinds::CONTACT), "{text}");
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
            assert!(!asks(text, Kinds::CONTACT), "{text}");
        }
    }

    #[test]
    fn acronyms_are_asked_for() {
        for text in ["What does DOT stand for?", "¿Qué significa CRM?", "¿qué quiere decir PNC?"] {
            assert!(asks(text, Kinds::ACRONYM), "{text}");
        }
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
            assert!(asks(text, Kinds::WHO), "{text}");
        }
        for text in ["is there help for somebody who was sent back?", "la gente quien emigra", "what happened?"] {
            assert!(!asks(text, Kinds::WHO), "{text}");
        }
    }

    #[test]
    fn details_are_asked_for_by_turns_of_phrase() {
        for (text, detail) in [
            ("How much did the furniture cost?", Kinds::AMOUNT),
            ("¿cuánto pisto dio el fondo?", Kinds::AMOUNT),
            ("how many dollars did they give", Kinds::AMOUNT),
            ("what are the opening hours", Kinds::HOUR),
            ("¿a qué hora abren?", Kinds::HOUR),
            ("horario de la ventanilla", Kinds::HOUR),
            ("How old is she?", Kinds::AGE),
            ("¿Qué edad tiene?", Kinds::AGE),
            ("¿cuántos años tiene Jorge?", Kinds::AGE),
        ] {
            assert!(asks(text, detail), "{text}");
        }
        for text in [
            "who paid?",
            "how much of the population is migrant?",
            "¿cuántos vinieron?",
            "how many hours did it last?",
            "¿hace cuántos años fue?",
        ] {
            assert!(!asks(text, Kinds::DETAILS), "{text}");
        }
    }

    #[test]
    fn kinds_meet_their_evidence() {
        let share = |question: &str, text: &str| {
            let spans = spans::read(&Words::of(text), &WordList::default());
            let given = spans.iter().fold(Kinds::empty(), |all, span| all | span.kinds);
            kinds_asked(&Words::of(question)).share_given(given)
        };
        assert_eq!(share("¿Cuántos y cuándo?", "On November 3rd 100 doctors met."), Some(1.0));
        assert_eq!(share("who paid?", "financed by the IOM Development Fund"), Some(1.0));
        assert_eq!(share("how many meetings?", "two meetings"), Some(1.0));
        assert_eq!(share("which town?", "two meetings"), Some(0.0));
        assert_eq!(share("the workshop", "two meetings"), None);
        for asked in ["why?", "¿Por qué viajan?", "porque viajan los niños", "how come?", "¿cuál fue el motivo?"] {
            assert_eq!(share(asked, "We welcome this, because migrants cross borders."), Some(1.0), "{asked}");
        }
        assert!(!asks("el taller por el que preguntan", Kinds::WHY));
    }
}
