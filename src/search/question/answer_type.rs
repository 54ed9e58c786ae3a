//! Kinds of answers that a question asks for.

use std::sync::LazyLock;

use crate::search::text::kinds::Kinds;
use crate::search::text::lexicon::{CURRENCIES, MONEY, WordSet, set};
use crate::text::{Word, Words};

/// Words that ask for a contact wherever they stand.
static CONTACT_WORDS: WordSet = LazyLock::new(|| {
    set("contact contacts contacting contacto contactos contactar contactarme contactarlos phone phones telephone
    telefono telefonos tel cel celular whatsapp email emails mail e-mail correo correos mails spokesperson spokesman spokeswoman vocero
    vocera portavoz comunicarme comunicarnos extension ext")
});

/// Turns of phrase that ask for a contact, as folded words; `*` stands for any one word.
static CONTACT_PHRASES: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| {
    let list =
        "who do i *, who should i *, who can i *, whom do i *, whom should i *, whom can i *, who to call, who to ask,
    who to write, who could i *, get in touch, talk to someone, speak to someone, speak with someone, press office,
    press officer, media office, press person, takes questions, answers questions, takes enquiries, atiende
    consultas, atiende preguntas, responde preguntas, oficina de prensa, a que numero, que numero, a quien le
    pregunto, a quien le escribo, a quien le llamo, a quien llamo, a quien escribo, a quien pregunto, a quien le
    hablo, a quien puedo *, a quien debo *, con quien hablo, con quien puedo *, con quien me *, quien me puede *,
    quien me atiende, hablar con alguien, numero para llamar, hay un numero, hay algun numero, hay numero, tienen un
    numero, tienen algun numero, numero al que, numero donde, number to call, number for, is there a number, have a
    number, number i can *, number we can *, donde llamo, adonde llamo";
    list.split(',').map(|phrase| phrase.split_whitespace().collect()).collect()
});

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

/// Nouns behind “which” or “what” in a question for a person or an organisation.
static WHO_NOUNS: WordSet = LazyLock::new(|| {
    set("ministries agencies agency organisations organizations organisation organization institutions institution entities
    groups governments government people person donor donors official officials nations nation ngo ngos ministerios agencias
    agencia organizaciones organizacion instituciones institucion entidades entidad gobiernos gobierno autoridades personas
    donante donantes organismos organismo")
});

/// Nouns behind “which” in a question for a place.
static PLACE_NOUNS: WordSet = LazyLock::new(|| {
    set("city country countries department town region part place places border ciudad pais paises departamento lugar lugares
    parte zona municipio frontera")
});

/// Nouns behind “which” in a question for a date.
static TIME_NOUNS: WordSet = LazyLock::new(|| set("day year month days date dia ano mes dias fecha"));

static WHICH: WordSet = LazyLock::new(|| set("what which wich wat whose que ke cual kual cuales other otros otras"));
static AMOUNTS: WordSet = LazyLock::new(|| set("many much long far old often big"));

/// Words beside which “how much” asks for an amount of money, as it does beside words of money.
static COSTING: WordSet = LazyLock::new(|| {
    set("cost costs dollars charge charges give gives gave given donate invest invested spend spent worth cuesta cuestan costo
    costaba costaron vale valen dolares dio dieron puso pusieron invirtio invirtieron gasto gastaron cobra cobran")
});
/// Words that ask for an amount of money by themselves.
static PRICES: WordSet = LazyLock::new(|| {
    set("price prices fee fees salary wage wages precio precios tarifa tarifas sueldo sueldos salario")
});

/// Returns the kinds of answers that a question asks for.
pub(crate) fn kinds_asked(words: &Words<'_>) -> Kinds {
    let asked = Asked(words);
    let mut kinds = Kinds::empty();
    kinds.set(Kinds::WHO, asked.who());
    kinds.set(Kinds::HOW_MANY, asked.how_many());
    kinds.set(
        Kinds::WHEN,
        asked.has(&["when", "cuando", "fecha", "fechas", "date", "dates", "kuando"]) || asked.which(&TIME_NOUNS),
    );
    kinds.set(
        Kinds::PLACE,
        asked.has(&["where", "donde", "adonde", "lugar", "lugares", "place", "places"]) || asked.which(&PLACE_NOUNS),
    );
    kinds.set(Kinds::MONEY, asked.has_any_of(&MONEY));
    kinds.set(Kinds::WHY, asked.why());
    kinds.set(
        Kinds::ACRONYM,
        asked.has(&ACRONYM_WORDS)
            || asked.has_pair(&["stand", "stands", "short"], &["for"])
            || asked.has_pair(&["quiere"], &["decir"]),
    );
    kinds.set(Kinds::CONTACT, asked.has_any_of(&CONTACT_WORDS) || asked.contact_phrase());
    kinds.set(Kinds::AMOUNT, asked.amount());
    kinds.set(Kinds::HOUR, asked.hour());
    kinds.set(Kinds::AGE, asked.age());
    kinds
}

/// The words of a question.
struct Asked<'a>(&'a Words<'a>);

impl Asked<'_> {
    fn has(&self, list: &[&str]) -> bool {
        self.0.folded().any(|word| list.contains(&word))
    }

    fn has_any_of(&self, list: &WordSet) -> bool {
        self.0.folded().any(|word| list.contains(word))
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.folded().zip(self.0.folded().skip(1))
    }

    fn has_pair(&self, first: &[&str], second: &[&str]) -> bool {
        self.pairs().any(|(one, other)| first.contains(&one) && second.contains(&other))
    }

    /// Tells whether “which” or a word like it stands before one of some nouns.
    fn which(&self, nouns: &WordSet) -> bool {
        self.pairs().any(|(which, noun)| WHICH.contains(which) && nouns.contains(noun))
    }

    fn who(&self) -> bool {
        (0..self.0.len()).any(|at| self.is_who(at)) || self.which(&WHO_NOUNS)
    }

    fn is_who(&self, at: usize) -> bool {
        let begins_clause = || {
            at == 0
                || BEFORE_WHO.contains(self.0[at - 1].folded.as_str())
                || self.0.gap_before(at).contains(|letter: char| !letter.is_whitespace())
        };
        match self.0[at].folded.as_str() {
            "who" | "whom" | "whose" | "who's" | "kien" => begins_clause(),
            "quien" | "quienes" => begins_clause() || self.0.written(at).contains(['é', 'É']),
            _ => false,
        }
    }

    fn how_many(&self) -> bool {
        self.pairs().any(|(how, amount)| how == "how" && AMOUNTS.contains(amount))
            || self.has(&["cuantos", "cuantas", "cuanto", "cuanta", "kuantos"])
            || self.has_pair(&["number", "count", "total", "percentage"], &["of"])
            || self.has_pair(&["numero", "cantidad", "total", "porcentaje", "cifra"], &["de"])
    }

    fn why(&self) -> bool {
        self.has(&["why", "razon", "razones", "motivo", "motivos", "reason", "reasons"])
            || self.has_pair(&["por"], &["que"])
            || self.has_pair(&["how"], &["come"])
            || self.0.folded().next().is_some_and(|first| ["porque", "porke"].contains(&first))
    }

    fn contact_phrase(&self) -> bool {
        let is_here = |words: &[Word], phrase: &[&str]| {
            phrase.iter().zip(words).all(|(expected, word)| *expected == "*" || word.folded == *expected)
        };
        CONTACT_PHRASES.iter().any(|phrase| self.0.windows(phrase.len()).any(|words| is_here(words, phrase)))
    }

    fn amount(&self) -> bool {
        let asks_how_much = self.has_pair(&["how"], &["much"]) || self.has(&["cuanto", "cuanta"]);
        let asks_how_many = self.has_pair(&["how"], &["many"]) || self.has(&["cuantos"]);
        asks_how_much && (self.has_any_of(&COSTING) || self.has_any_of(&MONEY))
            || asks_how_many && self.has_any_of(&CURRENCIES)
            || self.has_any_of(&PRICES)
    }

    fn hour(&self) -> bool {
        self.has(&["horario", "horarios"])
            || self.has_pair(&["what", "opening", "office"], &["time", "times", "hours"])
            || self.has_pair(&["que"], &["hora", "horas"])
    }

    fn age(&self) -> bool {
        self.has_pair(&["how"], &["old"])
            || self.has_pair(&["what"], &["age"])
            || self.has_pair(&["que"], &["edad"])
            || self.has_pair(&["cuantos"], &["anos"]) && self.has(&["tiene", "tienen"])
    }
}

const ACRONYM_WORDS: [&str; 4] = ["siglas", "significa", "significan", "acronym"];

/// Tells whether a folded word of a question for the words behind an acronym only asks.
pub(crate) fn asks_for_words_behind(folded: &str) -> bool {
    ACRONYM_WORDS.contains(&folded) || ["stand", "stands", "short", "quiere", "decir"].contains(&folded)
}

/// Tells whether a folded word of a question for a contact names no topic.
pub(crate) fn is_contact_filler(folded: &str) -> bool {
    CONTACT_WORDS.contains(folded) || CONTACT_FILLERS.contains(folded)
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
