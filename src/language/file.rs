//! Files of languages: TOML, read with all faults at once.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::Language;
use super::inflection::{Ending, Inflection};
use super::lists::{List, PhraseList};
use super::numbers::NumberTables;
use super::sounds::Sound;
use super::stemming::Stemming;
use crate::text::{fold, line_number};

/// Everything that is known about a language.
#[derive(Debug, Clone)]
pub(super) struct LanguageFile {
    pub(super) language: Language,
    /// Set for a language that people usually write in: its words count in every text, whatever language it seems to be in.
    pub(super) is_usual: bool,
    /// Signs and letters that show the language wherever they stand.
    pub(super) signs: String,
    /// Letters that speak for it wherever they stand, but half as much.
    pub(super) letters: String,
    /// Letters that show it in a word without a capital; names travel.
    pub(super) letters_in_words: String,
    /// Set where every noun begins with a capital.
    pub(super) capitalises_nouns: bool,
    /// Shorthand with the words it stands for.
    pub(super) shorthand: BTreeMap<String, String>,
    pub(super) stemming: Option<Stemming>,
    pub(super) inflection: Inflection,
    /// Endings that are written for others: those for any gender.
    pub(super) spellings: Vec<Ending>,
    /// Endings of diminutives, which the releases write without.
    pub(super) diminutives: Vec<Ending>,
    /// Letters that are heard as others.
    pub(super) sounds: Vec<Sound>,
    /// Letters that sound otherwise when written twice.
    pub(super) doubled: String,
    /// Months, in the order of the year, each with its spellings, folded.
    pub(super) months: Vec<Vec<String>>,
    /// Short forms of the twelve months, each with its spellings, which are read beside a number only.
    pub(super) short_months: Vec<Vec<String>>,
    /// Days of the week, likewise.
    pub(super) weekdays: Vec<Vec<String>>,
    /// Set where months are written small, so that a number before one tells it.
    pub(super) has_small_months: bool,
    pub(super) numbers: NumberTables,
    /// Set where a date in digits begins with its month: 3/22/2019.
    pub(super) is_month_first: bool,
    /// Names of languages, folded, with the codes of these.
    pub(super) language_names: BTreeMap<String, Language>,
    /// Words of each list, folded but those of [`List::Who`], in the order of [`List::KEYS`].
    pub(super) lists: Vec<Vec<String>>,
    /// Phrases of each list, in the order of [`PhraseList::KEYS`].
    pub(super) phrases: Vec<Vec<String>>,
}

impl LanguageFile {
    /// Reads a file whose name is for the faults; `None` when it is no TOML.
    pub(super) fn parse(language: Language, name: &str, text: &str, faults: &mut Vec<String>) -> Option<Self> {
        let table = match text.parse::<Table>() {
            Ok(table) => table,
            Err(error) => {
                let line = error.span().map_or(1, |span| line_number(text, span.start));
                faults.push(format!("{name}:{line}: {}", error.message().trim().replace('\n', " ")));
                return None;
            }
        };
        let mut reader = Reader { name, table, asked: BTreeSet::new(), faults };
        let file = Self {
            language,
            is_usual: reader.flag("detection.usual"),
            signs: reader.text("detection.signs").unwrap_or_default(),
            letters: reader.text("detection.letters").unwrap_or_default(),
            letters_in_words: reader.text("detection.letters_in_words").unwrap_or_default(),
            capitalises_nouns: reader.flag("names.nouns_have_capitals"),
            shorthand: reader.pairs("shorthand"),
            stemming: reader.stemming(),
            inflection: Inflection {
                words: reader.endings("inflection.words"),
                verbs: reader.endings("inflection.verbs"),
            },
            spellings: reader.endings("spelling.endings"),
            diminutives: reader.endings("spelling.diminutives"),
            sounds: reader.sounds("spelling.sounds"),
            doubled: reader.text("spelling.doubled").unwrap_or_default(),
            months: reader.series("dates.months", 12),
            short_months: reader.series("dates.short_months", 12),
            weekdays: reader.series("dates.weekdays", 7),
            has_small_months: reader.flag("dates.small_months"),
            numbers: NumberTables {
                values: reader.numbers("numbers.values"),
                multipliers: reader.numbers("numbers.multipliers"),
                ordinals: reader.numbers("numbers.ordinals"),
                abbreviated: reader.numbers("numbers.abbreviated"),
            },
            is_month_first: reader.flag("dates.month_first"),
            language_names: reader.language_names("releases.languages"),
            lists: List::KEYS.iter().map(|(list, key)| reader.list(*list, key)).collect(),
            phrases: PhraseList::KEYS.iter().map(|(_, key)| reader.texts(key)).collect(),
        };
        reader.finish();
        Some(file)
    }

    pub(super) fn list(&self, list: List) -> &[String] {
        &self.lists[list as usize]
    }
}

/// A file while its values are taken out.
struct Reader<'a> {
    name: &'a str,
    table: Table,
    /// The keys that were asked for.
    asked: BTreeSet<String>,
    faults: &'a mut Vec<String>,
}

impl Reader<'_> {
    /// Takes the value of a key such as `dates.months`.
    fn take(&mut self, path: &str) -> Option<Value> {
        self.asked.insert(path.to_owned());
        let mut table = &mut self.table;
        let (sections, key) = path.rsplit_once('.').unwrap_or(("", path));
        for section in sections.split('.').filter(|section| !section.is_empty()) {
            table = table.get_mut(section)?.as_table_mut()?;
        }
        table.remove(key)
    }

    fn fault(&mut self, path: &str, expected: &str) {
        self.faults.push(format!("{}: `{path}` must be {expected}", self.name));
    }

    /// Takes a value of a kind; one of another kind is a fault.
    fn read<T>(&mut self, path: &str, expected: &str, read: impl Fn(Value) -> Option<T>) -> Option<T> {
        let value = read(self.take(path)?);
        if value.is_none() {
            self.fault(path, expected);
        }
        value
    }

    fn flag(&mut self, path: &str) -> bool {
        self.read(path, "true or false", |value| value.as_bool()).unwrap_or(false)
    }

    fn text(&mut self, path: &str) -> Option<String> {
        self.read(path, "a text in quotation marks", text_of)
    }

    fn list(&mut self, list: List, path: &str) -> Vec<String> {
        let words = self.read(path, "words in quotation marks, with spaces between them", text_of).unwrap_or_default();
        // The accent of a question word tells it from one that joins a clause.
        let has_accents = matches!(list, List::Who | List::Asking);
        let read = |word: &str| if has_accents { word.to_lowercase() } else { fold(word) };
        words.split_whitespace().map(read).collect()
    }

    fn texts(&mut self, path: &str) -> Vec<String> {
        let read = |value| match value {
            Value::Array(texts) => texts.into_iter().map(text_of).collect::<Option<Vec<String>>>(),
            _ => None,
        };
        self.read(path, "a list of phrases in brackets, each in quotation marks", read).unwrap_or_default()
    }

    /// Takes a list of a fixed length, each entry with its spellings.
    fn series(&mut self, path: &str, length: usize) -> Vec<Vec<String>> {
        let entries = self.texts(path);
        if !entries.is_empty() && entries.len() != length {
            self.fault(path, &format!("a list of {length}, one after the other, and not of {}", entries.len()));
        }
        entries.iter().map(|entry| entry.split_whitespace().map(fold).collect()).collect()
    }

    fn pairs(&mut self, path: &str) -> BTreeMap<String, String> {
        let read = |value| match value {
            Value::Table(pairs) => pairs.into_iter().map(|(key, value)| Some((key, text_of(value)?))).collect(),
            _ => None,
        };
        self.read(path, "a section of lines such as xq = \"por qué\"", read).unwrap_or_default()
    }

    fn numbers(&mut self, path: &str) -> BTreeMap<String, u64> {
        let number = |value: &Value| u64::try_from(value.as_integer()?).ok();
        let read = |value| match value {
            Value::Table(pairs) => {
                pairs.into_iter().map(|(words, value)| Some((fold(&words), number(&value)?))).collect()
            }
            _ => None,
        };
        self.read(path, "a section of lines such as forty = 40", read).unwrap_or_default()
    }

    /// Takes the names of languages, each entry with those of one code.
    fn language_names(&mut self, path: &str) -> BTreeMap<String, Language> {
        let mut names = BTreeMap::new();
        for (code, text) in self.pairs(path) {
            match Language::from_code(&code).filter(|language| language.code() == code) {
                Some(language) => names.extend(text.split_whitespace().map(|name| (fold(name), language))),
                None => self.fault(path, &format!("by ISO 639-1 codes such as es, and {code} is none")),
            }
        }
        names
    }

    fn stemming(&mut self) -> Option<Stemming> {
        let accents = self.pairs("stemmer.accents");
        let algorithm = self.text("stemmer.algorithm")?;
        let stemming = Stemming::new(&algorithm, &accents);
        if stemming.is_none() {
            let names = Stemming::names().join(", ");
            self.fault("stemmer.algorithm", &format!("one of {names}; leave it out where there is none of yours"));
        }
        stemming
    }

    fn endings(&mut self, path: &str) -> Vec<Ending> {
        let read = |value| match value {
            Value::Array(rules) => rules.into_iter().map(ending_of).collect::<Option<Vec<Ending>>>(),
            _ => None,
        };
        let expected = "a list of rules such as { endings = \"s x\", drop = 0, add = \"es\" }";
        self.read(path, expected, read).unwrap_or_default()
    }

    fn sounds(&mut self, path: &str) -> Vec<Sound> {
        let read = |value| match value {
            Value::Array(rules) => rules.into_iter().map(sound_of).collect::<Option<Vec<Sound>>>(),
            _ => None,
        };
        let expected = "a list of rules such as { letters = \"c\", before = \"ei\", heard = \"s\" }";
        self.read(path, expected, read).unwrap_or_default()
    }

    /// Reports what nothing asked for.
    fn finish(mut self) {
        let mut unknown = Vec::new();
        let table = std::mem::take(&mut self.table);
        leaves("", &table, &mut unknown);
        for path in unknown {
            let alike = |key: &&String| (1e6 * strsim::jaro_winkler(&path, key)) as u32;
            let nearest = self.asked.iter().max_by_key(alike).cloned().unwrap_or_default();
            self.faults.push(format!("{}: there is no `{path}`; did you mean `{nearest}`?", self.name));
        }
    }
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn ending_of(value: Value) -> Option<Ending> {
    let Value::Table(mut rule) = value else { return None };
    let words = |value: Value| -> Option<Vec<String>> {
        Some(text_of(value)?.split_whitespace().map(fold).collect::<Vec<String>>())
    };
    let mut endings = words(rule.remove("endings")?)?;
    if endings.is_empty() {
        endings.push(String::new());
    }
    let drop = rule.remove("drop").map_or(Some(0), |value| usize::try_from(value.as_integer()?).ok())?;
    let not_behind = rule.remove("not_behind").map_or(Some(String::new()), text_of)?;
    let add = words(rule.remove("add")?)?;
    rule.is_empty().then_some(Ending { endings, not_behind, drop, add })
}

fn sound_of(value: Value) -> Option<Sound> {
    let Value::Table(mut rule) = value else { return None };
    let letters: Vec<char> = text_of(rule.remove("letters")?)?.chars().collect();
    let followed_by = rule.remove("followed_by").map_or(Some(String::new()), text_of)?;
    let heard = text_of(rule.remove("heard")?)?;
    (rule.is_empty() && !letters.is_empty()).then_some(Sound { letters, followed_by, heard })
}

/// Collects the paths of the values that are left in a table.
fn leaves(path: &str, table: &Table, found: &mut Vec<String>) {
    for (key, value) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Value::Table(table) => leaves(&path, table, found),
            _ => found.push(path),
        }
    }
}
