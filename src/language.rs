//! Languages by their ISO 639-1 code, their small words, and which one a short message is in.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use serde::{Serialize, Serializer};
use whatlang::{Detector, Lang};

use crate::text::Words;

/// A language by its ISO 639-1 code, such as `en`.
///
/// Any code is a language; which ones the bot speaks is decided by the files in `config/locales/`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language([u8; 2]);

impl Language {
    /// English, the language of last resort.
    pub const ENGLISH: Self = Self(*b"en");
    /// Spanish.
    pub const SPANISH: Self = Self(*b"es");
    /// French.
    pub const FRENCH: Self = Self(*b"fr");
    /// Portuguese.
    pub const PORTUGUESE: Self = Self(*b"pt");
    /// Italian.
    pub const ITALIAN: Self = Self(*b"it");
    /// German.
    pub const GERMAN: Self = Self(*b"de");

    /// Reads a code such as `es`, `ES` or `es-SV` (the region is dropped).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_']).next()?;
        match primary.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_lowercase(), b.to_ascii_lowercase()]))
            }
            _ => None,
        }
    }

    /// Returns the two lower-case letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII letters get in")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Below this, whatlang's guess on one to four words is wrong too often: on 17 such messages none was wrong above it.
const LEAST_CONFIDENCE: f64 = 0.35;

/// Returns the language a message is in, or `None` when it does not show (a name, a number, "TB").
///
/// Small words and letters that only one language has decide first, because they are right on messages of three words;
/// trigrams decide the rest.
#[must_use]
pub fn detect(text: &str) -> Option<Language> {
    detect_in(&Words::of(text))
}

/// Returns the language of a message whose words are read already (see [`detect`]).
#[must_use]
pub fn detect_in(words: &Words<'_>) -> Option<Language> {
    let (mut english, mut spanish) = (0, 0);
    let mut others = [0; OTHERS.len()];
    let mut telling = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        if is_name(words, at) {
            at += 2;
            continue;
        }
        telling.push(at);
        let folded = words[at].folded.as_str();
        match SMALL_WORDS.get(folded) {
            Some(&(Language::ENGLISH, only)) => english += if only { 2 } else { 0 },
            Some(&(Language::SPANISH, only)) => spanish += if only { 2 } else { 0 },
            _ => {}
        }
        for ((other, (own, _)), value) in OTHERS.iter().zip(&*WORDS_OF_OTHERS).zip(&mut others) {
            *value += if own.contains(folded) { 2 } else { 0 };
            // A capital makes it a name: "São Paulo", "Besançon".
            if !words.is_capitalised(at) {
                *value += 2 * words.written(at).chars().filter(|letter| other.letters.contains(*letter)).count();
            }
        }
        at += 1;
    }
    for letter in words.text().chars() {
        match letter {
            '¿' | '¡' | 'ñ' | 'Ñ' => spanish += 2,
            'á' | 'é' | 'í' | 'ó' | 'ú' => spanish += 1,
            _ => {}
        }
    }
    // What shows another language makes its too what others have: "le", "de", "para".
    for ((_, shared), value) in WORDS_OF_OTHERS.iter().zip(&mut others).filter(|(_, value)| **value > 0) {
        *value += 2 * telling.iter().filter(|at| shared.contains(words[**at].folded.as_str())).count();
    }
    // The first of equals, as with one letter that two of them have.
    let likeliest = OTHERS.iter().zip(others).rev().max_by_key(|(_, value)| *value);
    if let Some((other, value)) = likeliest
        && value > english.max(spanish)
    {
        return Some(other.language);
    }
    if english != spanish {
        return Some(if english > spanish { Language::ENGLISH } else { Language::SPANISH });
    }
    let telling: Vec<&str> = telling.into_iter().map(|at| words.written(at)).collect();
    let guess = DETECTOR.detect(&telling.join(" "))?;
    if guess.confidence() < LEAST_CONFIDENCE {
        return None;
    }
    match guess.lang() {
        Lang::Eng => Some(Language::ENGLISH),
        Lang::Spa => Some(Language::SPANISH),
        _ => None,
    }
}

/// Tells whether a word and the next are a name that people use in any language: "El Salvador", "La Union", "Los Angeles".
fn is_name(words: &Words<'_>, at: usize) -> bool {
    let Some(next) = words.get(at + 1) else { return false };
    // The country is often typed small.
    match words[at].folded.as_str() {
        "el" if next.folded == "salvador" => true,
        "el" | "la" | "los" | "las" => words.is_capitalised(at) && words.is_capitalised(at + 1),
        _ => false,
    }
}

/// Spells out what people shorten on a phone: "a q hora", "who r u"; other words stay as they are.
///
/// Only a whole lower-case word is short for another: "U.S.", "X" and "vitamin D" are none.
#[must_use]
pub fn spelt_out(text: &str) -> String {
    let bare = |part: &str| {
        part.trim_matches(|letter: char| letter.is_whitespace() || "¿?¡!,.;:…".contains(letter)).to_owned()
    };
    let find = |list: &[(&str, &'static str)], word: &str| {
        list.iter().find(|(short, _)| *short == word).map(|(_, whole)| *whole)
    };
    let lists = [(Language::SPANISH, SPANISH_SHORTHAND), (Language::ENGLISH, ENGLISH_SHORTHAND)];
    // Most texts have none, and need not be looked at twice.
    if !text.split_whitespace().any(|part| lists.iter().any(|(_, list)| find(list, &bare(part)).is_some())) {
        return text.to_owned();
    }
    let written_in = detect(text);
    let may_be = |language| written_in.is_none_or(|written_in| written_in == language);
    let spell_out = |part: &str| {
        let word = bare(part);
        let mut known = lists.iter().filter(|(language, _)| may_be(*language));
        match known.find_map(|(_, list)| find(list, &word)) {
            Some(whole) => part.replacen(&word, whole, 1),
            None => part.to_owned(),
        }
    };
    text.split_inclusive(char::is_whitespace).map(spell_out).collect()
}

/// Returns the language of a longer text among those a release may be in, when it is clear.
#[must_use]
pub fn detect_document(text: &str) -> Option<Language> {
    let guess = DOCUMENT_DETECTOR.detect(text)?;
    match guess.lang() {
        _ if !guess.is_reliable() => None,
        Lang::Eng => Some(Language::ENGLISH),
        Lang::Spa => Some(Language::SPANISH),
        Lang::Fra => Some(Language::FRENCH),
        _ => None,
    }
}

/// Tells whether a folded word is one that carries no topic: an article, a preposition, a question word, a courtesy.
#[must_use]
pub fn is_small_word(folded: &str) -> bool {
    SMALL_WORDS.contains_key(folded)
}

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::with_allowlist(vec![Lang::Eng, Lang::Spa]));
static DOCUMENT_DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_allowlist(vec![Lang::Eng, Lang::Spa, Lang::Fra]));

/// Folded small words, each with its language and whether only that language has it.
static SMALL_WORDS: LazyLock<HashMap<&'static str, (Language, bool)>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (language, list) in [(Language::ENGLISH, ENGLISH_SMALL_WORDS), (Language::SPANISH, SPANISH_SMALL_WORDS)] {
        for word in list.split_whitespace() {
            words.entry(word).and_modify(|entry: &mut (Language, bool)| entry.1 = false).or_insert((language, true));
        }
    }
    for other in &OTHERS {
        for word in other.words.split_whitespace() {
            words.entry(word).or_insert((other.language, true));
        }
    }
    words
});

/// The words of each of [`OTHERS`]: its own, and those that it shares.
static WORDS_OF_OTHERS: LazyLock<[(HashSet<&str>, HashSet<&str>); OTHERS.len()]> = LazyLock::new(|| {
    OTHERS.map(|other| (other.words.split_whitespace().collect(), other.shared.split_whitespace().collect()))
});

/// A language that releases are asked about in but that the bot need not speak.
struct Other {
    language: Language,
    /// Small words that nobody types in English or Spanish, not even by mistake or in a name ("Des Moines", "Van der Laat",
    /// FOI).
    words: &'static str,
    /// Small words that English, Spanish or names have as well.
    shared: &'static str,
    /// Letters that neither English nor Spanish has.
    letters: &'static str,
}

const OTHERS: [Other; 4] = [
    Other {
        language: Language::FRENCH,
        words: "avec avez bonjour bonsoir c'est cette combien dans elles etaient etait leur leurs merci nous pourquoi qu'est
            quand quel quelle quelles quels qui sont vous",
        shared: "a de du en es est la le les on ou par pour que se si son sur tu un une",
        letters: "àâæçèêëîïôœùû",
    },
    Other {
        language: Language::PORTUGUESE,
        words: "aos foram isso muito nao obrigada obrigado quais quem tambem voce voces",
        shared: "a as como da das de do e em es foi na no o os para por quando que se uma",
        letters: "ãõàâçêô",
    },
    Other {
        language: Language::ITALIAN,
        words: "anche buongiorno buonasera chi cos'e degli delle della dello dov'e dove gli grazie hanno nella nelle negli
            perche qual'e quale quali quante quanti quanto quest'anno questa queste questi questo sulla sulle stati stato",
        shared: "a ai al che ci come con cosa da dei del di e fu ha i il in la le lo ma nel no non o per quando se si sono su
            sui un una uno",
        letters: "àèìòù",
    },
    Other {
        language: Language::GERMAN,
        words: "auch auf beim bezahlt danke eine einem einen einer fand gibt haben ich ist nach nicht sind statt und viele
            vom wann warum welche welchem welchen welcher welches wer wieso wieviel wieviele wurde wurden zur zwischen",
        shared: "also am an bei das dem den der des die ein es fur hat im in man mit so uber um von war waren was wie wo
            zum",
        letters: "äöß",
    },
];

const ENGLISH_SMALL_WORDS: &str = "
    a about afternoon again all also am an and any anybody anyone anything are aren't as at be because been being but
    by bye can can't could couldn't day days did didn't do does doesn't doing don't during each either else etc for
    from get gets give go good goodbye got greetings had has have having he hello her here hers hey hi him his how
    however i i'd i'm if in info information into is isn't it it's its just know let let's like lot lots many may
    maybe me mean means might mine more morning most much must my myself no not of off oh ok okay on one only or other
    our out over own per please pls re really say says shall she should so some somebody someone something such tell
    than thank thanks that that's the their theirs them then there these they thing things this those though to too u
    under until up upon us very via want wanted was wasn't wat we were weren't what what's whats whch when where which
    while who who's whom whose whre wht why wich will with won't would y'all yes yet you your yours";

const SPANISH_SMALL_WORDS: &str = "
    a acerca adios ahi ahora al algo alguien algun alguna algunas alguno algunos ante aqui asi aun aunque bien buen
    buenas bueno buenos cada casi como con contra cosa cosas cual cuales cualquier cuando cuanta cuantas cuanto
    cuantos cuyo da dame dan das de debe deben decime decir del desde dia dias dice dicen dime dnde dond donde durante
    e el ella ellas ellos en entonces entre era eran eres es esa esas ese eso esos esta estaba estan estas este esto
    estos estoy etc favor fue fueron gracias ha haber habia hace hacen hacia han hasta hay he hola informacion ke kien
    kienes komo kual la las le les lo los mas me mi mis mucha muchas mucho muchos muy nada necesito ni no noche noches
    nos nosotros o ok os otra otras otro otros para pero poco por porque puede pueden puedo pues que quien quienes quiero
    saber saludos se sea segun ser si sin sobre son soy su sus tal tambien tan tanto tarde tardes te tener tenes tengo
    tenia ti tiene tienen toda todas todo todos tu tus u un una unas uno unos usted ustedes va van vos y ya yo";

/// Shorthand on a phone, with the longer words it stands for. Not "tb", which is tuberculosis here.
const SPANISH_SHORTHAND: &[(&str, &str)] = &[
    ("d", "de"),
    ("k", "que"),
    ("pa", "para"),
    ("pq", "por qué"),
    ("q", "que"),
    ("tmb", "también"),
    ("x", "por"),
    ("xfa", "por favor"),
    ("xq", "por qué"),
];
const ENGLISH_SHORTHAND: &[(&str, &str)] = &[
    ("abt", "about"),
    ("pls", "please"),
    ("plz", "please"),
    ("ppl", "people"),
    ("r", "are"),
    ("u", "you"),
    ("ur", "your"),
    ("wat", "what"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_messages_show_their_language() {
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
        ];
        for (text, expected) in cases {
            assert_eq!(detect(text).as_ref().map(Language::code), expected, "{text}");
        }
    }

    #[test]
    fn other_languages_are_told_from_english_and_spanish() {
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
            assert_eq!(detect(text).as_ref().map(Language::code), expected, "{text}");
        }
    }

    #[test]
    fn shorthand_is_spelt_out_and_nothing_else() {
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
            ("hay casos de tb", "hay casos de tb"),
            ("what is the u.s. paying for", "what is the u.s. paying for"),
            ("Who gave vitamin D to the children in PA?", "Who gave vitamin D to the children in PA?"),
            ("how many x-rays did they take in section d", "how many x-rays did they take in section d"),
            ("siete u ocho niños", "siete u ocho niños"),
            ("qui a payé d un coup", "qui a payé d un coup"),
            ("", ""),
        ] {
            assert_eq!(spelt_out(typed), expected);
        }
    }

    #[test]
    fn codes_lose_their_region() {
        assert_eq!(Language::from_code("es-419"), Some(Language::SPANISH));
        assert_eq!(Language::from_code("EN"), Some(Language::ENGLISH));
        assert_eq!(Language::from_code("english"), None);
    }
}
