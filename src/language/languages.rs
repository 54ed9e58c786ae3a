//! Languages that there are files for.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use whatlang::Detector;

use super::Language;
use super::detection::detector;
use super::file::LanguageFile;
use super::lexicon::{Lexicon, lexicon_of};
use super::lists::{List, PhraseList};
use super::phrases::Phrase;
use super::sounds::sound;
use super::typos::QuestionVocabulary;
use crate::files;
use crate::text::fold;

/// Everything that is known about languages: read once at start, then handed on.
#[derive(Debug)]
pub struct Languages {
    pub(super) files: Vec<LanguageFile>,
    lexicons: BTreeMap<Language, Arc<Lexicon>>,
    /// What a text is read by whose language is not known or has no file.
    common: Arc<Lexicon>,
    /// The words of all languages, for the little that they have in common.
    all: Arc<Lexicon>,
    /// The languages, by their numbers, that have a word among their function words of any text; of usual ones
    /// shorthand too.
    pub(super) owners: HashMap<String, Vec<usize>>,
    /// The function words of each that count in its own texts alone.
    pub(super) shared: Vec<HashSet<String>>,
    pub(super) detector: Detector,
    /// The words of each that questions are built of.
    pub(super) question_vocabularies: Vec<QuestionVocabulary>,
}

impl Languages {
    /// Reads every `<code>.toml` of a folder.
    ///
    /// # Errors
    ///
    /// All faults of all files at once: keys that there are not, values of another kind, phrases that cannot be read, and a folder
    /// without files.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        let listing = std::fs::read_dir(folder)
            .with_context(|| format!("could not read the languages folder {}", folder.display()))?;
        let mut paths: Vec<_> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        let (mut read, mut faults) = (Vec::new(), Vec::new());
        for path in &paths {
            let name = path.display().to_string();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let Some(language) = Language::from_code(stem).filter(|language| language.code() == stem) else {
                faults.push(format!("{name} must be called after the ISO 639-1 code of its language, such as es.toml"));
                continue;
            };
            match files::read_text(path) {
                Ok(text) => read.extend(LanguageFile::parse(language, &name, &text, &mut faults)),
                Err(error) => faults.push(format!("{name} could not be read: {error}")),
            }
        }
        if paths.is_empty() {
            faults.push(format!("the languages folder {} holds no file such as en.toml", folder.display()));
        }
        for file in &read {
            faults.extend(
                phrase_faults(file).map(|fault| format!("{}/{}.toml: {fault}", folder.display(), file.language)),
            );
        }
        if !faults.is_empty() {
            bail!("{}", faults.join("\n"));
        }
        Ok(Self::new(read))
    }

    fn new(files: Vec<LanguageFile>) -> Self {
        let lexicon = |language| Arc::new(lexicon_of(&files, language));
        let mut owners: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, file) in files.iter().enumerate() {
            // A letter, or what is a word elsewhere too, tells nothing; and what is rarely written is not seen in “TB”.
            let is_elsewhere = |word: &String| {
                let mut others = files.iter().filter(|other| other.language != file.language);
                others.any(|other| {
                    let lists = [List::Function, List::FunctionHere];
                    other.shorthand.contains_key(word) || lists.iter().any(|list| other.list(*list).contains(word))
                })
            };
            let is_telling = |word: &&String| file.is_usual && word.chars().count() > 1 && !is_elsewhere(word);
            let shorthand = file.shorthand.keys().filter(is_telling);
            for word in file.list(List::Function).iter().chain(shorthand) {
                let owners = owners.entry(word.clone()).or_default();
                if !owners.contains(&number) {
                    owners.push(number);
                }
            }
        }
        let sound = |folded: &str| sound_of(&files, folded);
        Self {
            question_vocabularies: files.iter().map(|file| QuestionVocabulary::of(file, sound)).collect(),
            lexicons: files.iter().map(|file| (file.language, lexicon(Some(file.language)))).collect(),
            common: lexicon(None),
            all: Arc::new(Lexicon::of(&files.iter().collect::<Vec<_>>())),
            owners,
            shared: files.iter().map(|file| file.list(List::FunctionHere).iter().cloned().collect()).collect(),
            detector: detector(files.iter().filter(|file| file.is_usual).map(|file| file.language)),
            files,
        }
    }

    /// Returns the words that a text in a language is read by: its own, and those of the usual languages.
    pub(crate) fn lexicon(&self, language: Option<Language>) -> &Arc<Lexicon> {
        language.and_then(|language| self.lexicons.get(&language)).unwrap_or(&self.common)
    }

    /// Returns the words of all languages: for words that stand in a list of their own and mean the same wherever they are met.
    pub(crate) fn lexicon_of_all(&self) -> &Arc<Lexicon> {
        &self.all
    }

    /// Tells whether a folded word carries no topic in a text of any language.
    pub(crate) fn is_function_word(&self, folded: &str) -> bool {
        self.common.is_function_word(folded)
    }

    /// Returns the languages that a text may be in for all that is known: the usual ones, and its own where that shows.
    pub(crate) fn possible(&self, language: Option<Language>) -> impl Iterator<Item = Language> {
        let is_possible = move |file: &&LanguageFile| file.is_usual || Some(file.language) == language;
        self.files.iter().filter(is_possible).map(|file| file.language)
    }

    /// Returns the languages that there are files for.
    pub(crate) fn all(&self) -> impl Iterator<Item = Language> {
        self.files.iter().map(|file| file.language)
    }

    /// Returns the name of a month, from 1, in a language, or in a usual one.
    pub(crate) fn name_of_month(&self, month: u8, language: Option<Language>) -> Option<&str> {
        let own = language.and_then(|language| self.file(language)).filter(|file| !file.months.is_empty());
        let file = own.or_else(|| self.files.iter().find(|file| file.is_usual))?;
        file.months.get(usize::from(month).checked_sub(1)?)?.first().map(String::as_str)
    }

    /// Returns the month that a folded word is short for in a language, or in a usual one where that is unknown.
    pub(crate) fn short_month(&self, folded: &str, language: Option<Language>) -> Option<u8> {
        let is_read = |file: &&LanguageFile| language.map_or(file.is_usual, |language| file.language == language);
        let mut months = self.files.iter().filter(is_read).flat_map(|file| (1..).zip(&file.short_months));
        months.find(|(_, spellings)| spellings.iter().any(|spelling| spelling == folded)).map(|(month, _)| month)
    }

    /// Tells whether a language is one that people usually write in.
    pub(crate) fn is_usual(&self, language: Language) -> bool {
        self.file(language).is_some_and(|file| file.is_usual)
    }

    /// Tells whether there is a stemmer of a language.
    pub(crate) fn has_stems(&self, language: Language) -> bool {
        self.file(language).is_some_and(|file| file.stemming.is_some())
    }

    /// Returns the stem of a folded word; languages without a stemmer keep the word.
    pub(crate) fn stem(&self, folded: &str, language: Language) -> String {
        match self.file(language).and_then(|file| file.stemming.as_ref()) {
            Some(stemming) => stemming.stem(folded),
            None => folded.to_owned(),
        }
    }

    /// Returns how a folded word sounds to people who write a usual language: `víctima` and `bictima`, `explotación` and
    /// `esplotasion` are one.
    pub(crate) fn sound(&self, folded: &str) -> String {
        sound_of(&self.files, folded)
    }

    /// Returns the forms that a word may take in any of the languages, folded; an acronym has but one.
    pub(crate) fn forms(&self, word: &str) -> BTreeSet<String> {
        let folded = fold(word);
        let mut forms = BTreeSet::from([folded.clone()]);
        if !word.chars().all(char::is_uppercase) {
            self.files.iter().for_each(|file| file.inflection.inflect(&folded, &mut forms));
        }
        forms
    }

    /// Returns the forms that a verb of a language may take, folded.
    pub(crate) fn verb_forms(&self, verb: &str, language: Language) -> BTreeSet<String> {
        let folded = fold(verb);
        let mut forms = BTreeSet::from([folded.clone()]);
        if let Some(file) = self.file(language) {
            file.inflection.conjugate(&folded, &mut forms);
        }
        forms
    }

    fn file(&self, language: Language) -> Option<&LanguageFile> {
        self.files.iter().find(|file| file.language == language)
    }
}

fn sound_of(files: &[LanguageFile], folded: &str) -> String {
    let usual = || files.iter().filter(|file| file.is_usual);
    let doubled: String = usual().map(|file| file.doubled.as_str()).collect();
    sound(folded, usual().flat_map(|file| &file.sounds), &doubled)
}

fn phrase_faults(file: &LanguageFile) -> impl Iterator<Item = String> {
    let which: HashSet<String> = file.list(List::Which).iter().cloned().collect();
    PhraseList::KEYS.iter().zip(&file.phrases).flat_map(move |((_, key), phrases)| {
        let fault = |phrase: &String| {
            Phrase::parse(phrase, &which).err().map(|fault| format!("the phrase {phrase:?} of `{key}` {fault}"))
        };
        phrases.iter().filter_map(fault).collect::<Vec<_>>()
    })
}

/// Returns the languages that are shipped.
#[cfg(test)]
pub(crate) fn shipped() -> Languages {
    Languages::load(Path::new("config/languages")).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_stay_apart_from_other_words() {
        let languages = shipped();
        for (verb, form) in [
            ("organizar", "organizo"),
            ("organizar", "organice"),
            ("pagar", "paguen"),
            ("proteger", "protegido"),
            ("asistir", "asistieron"),
        ] {
            assert!(languages.verb_forms(verb, Language::SPANISH).contains(form), "{verb} {form}");
        }
        assert!(!languages.verb_forms("pagar", Language::SPANISH).contains("pages"));
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
            assert!(languages.forms(word).contains(form), "{word} {form}");
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
            assert!(!languages.forms(word).contains(other), "{word} {other}");
        }
    }
}
