//! The bot's own sentences, read from `config/locales/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, bail};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::config::Organisation;
use crate::corpus::ReleaseDate;
use crate::files;
use crate::language::Language;
use crate::text::{Words, fold};

/// The sentences of every language.
pub struct Wording {
    bundles: BTreeMap<Language, FluentBundle<FluentResource>>,
    fallback: Language,
    organisation: Organisation,
}

impl std::fmt::Debug for Wording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wording").field("languages", &self.bundles.keys()).finish_non_exhaustive()
    }
}

/// Every key that the program says; a locale file has each of them and no other.
const KEYS: &[&str] = &[
    "all-contacts",
    "all-releases",
    "ask-in-private",
    "ask-the-desk",
    "busy",
    "console-welcome",
    "contact-no-email",
    "contact-no-way",
    "ask-desk-of-release",
    "contact-no-phone",
    "contacts",
    "contacts-all",
    "contacts-more",
    "contacts-narrow",
    "contacts-nobody",
    "contacts-none",
    "copy",
    "date-day",
    "date-day-of-month",
    "date-month",
    "date-unknown",
    "failed",
    "feedback-thanks",
    "help",
    "help-commands",
    "help-groups",
    "help-lines",
    "in-another-language",
    "in-this-language",
    "joined-group",
    "label-contact",
    "language-choose",
    "language-name",
    "language-names",
    "language-now",
    "language-unknown",
    "menu-contacts",
    "menu-help",
    "menu-language",
    "menu-privacy",
    "menu-release",
    "menu-releases",
    "menu-reset",
    "menu-search",
    "menu-start",
    "month-name",
    "more-passages",
    "nearest",
    "next-page",
    "no-emergency-service",
    "no-releases",
    "not-found",
    "not-found-also",
    "not-found-missing",
    "not-found-unmet",
    "not-text",
    "old-button",
    "page",
    "previous-page",
    "privacy",
    "privacy-heading",
    "privacy-kept",
    "privacy-telegram",
    "profile-description",
    "profile-name",
    "profile-short",
    "quoted-from",
    "quoted-word",
    "release-dated",
    "release-undated",
    "release-unknown",
    "releases-between",
    "releases-found",
    "releases-heading",
    "releases-in-language",
    "releases-near-topic",
    "releases-newest",
    "releases-none",
    "releases-none-undated",
    "releases-of-day",
    "releases-of-list",
    "releases-of-month",
    "releases-of-year",
    "releases-of-period",
    "releases-oldest",
    "releases-since",
    "releases-undated",
    "releases-until",
    "releases-with-topic",
    "releases-with-words",
    "reset",
    "search-empty",
    "search-example",
    "start",
    "start-what",
    "talk-abuse",
    "talk-complaint",
    "talk-complaint-desk",
    "talk-complaint-more",
    "talk-doubt",
    "talk-doubt-none",
    "talk-goodbye",
    "talk-identity",
    "talk-instruction",
    "talk-language",
    "talk-language-none",
    "talk-language-version",
    "talk-small-talk",
    "thanks",
    "typed-about",
    "typed-command-contacts",
    "typed-command-help",
    "typed-command-language",
    "typed-command-more",
    "typed-command-privacy",
    "typed-command-release",
    "typed-command-releases",
    "typed-command-reset",
    "typed-command-search",
    "typed-command-start",
    "typed-contacts",
    "typed-courtesy",
    "typed-doubt",
    "typed-email",
    "typed-phone",
    "typed-release",
    "typed-release-date",
    "typed-releases",
    "typed-send",
    "typed-whole",
    "unclear",
    "unknown-command",
    "what-it-is",
    "whats-new",
    "whole-release",
];

impl Wording {
    /// Reads every `<language>.ftl` of a folder. Without a fallback language it is English where there is a file for it.
    ///
    /// # Errors
    ///
    /// All faults of all files at once: one that is no Fluent, keys that are missing or that nothing says, and a fallback
    /// language without a file.
    pub fn load(dir: &Path, fallback: Option<Language>, organisation: Organisation) -> anyhow::Result<Self> {
        let mut bundles = BTreeMap::new();
        let mut faults = Vec::new();
        let entries =
            std::fs::read_dir(dir).with_context(|| format!("could not read the locales folder {}", dir.display()))?;
        let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "ftl")) {
            let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let Some(language) = Language::from_code(stem) else {
                faults.push(format!("{} must be called after a language, such as es.ftl", file.display()));
                continue;
            };
            match files::read_text(file) {
                Ok(text) => match bundle(language, text) {
                    Ok((bundle, keys)) => {
                        faults
                            .extend(key_faults(&keys).into_iter().map(|fault| format!("{}: {fault}", file.display())));
                        bundles.insert(language, bundle);
                    }
                    Err(errors) => {
                        faults.extend(errors.into_iter().map(|error| format!("{}: {error}", file.display())))
                    }
                },
                Err(error) => faults.push(format!("{} could not be read: {error}", file.display())),
            }
        }
        let first = || bundles.keys().next().copied().filter(|_| !bundles.contains_key(&Language::ENGLISH));
        let fallback = fallback.or_else(first).unwrap_or(Language::ENGLISH);
        if !bundles.contains_key(&fallback) && faults.is_empty() {
            faults.push(format!("{} has no file for the language {fallback} of the settings", dir.display()));
        }
        if !faults.is_empty() {
            bail!("{}", faults.join("\n"));
        }
        Ok(Self { bundles, fallback, organisation })
    }

    /// Falls back to another language, where there is a file for it.
    #[must_use]
    pub fn falling_back_to(self, language: Language) -> Self {
        let fallback = if self.bundles.contains_key(&language) { language } else { self.fallback };
        Self { fallback, ..self }
    }

    /// Returns the languages there are files for, the one of last resort first.
    #[must_use]
    pub fn languages(&self) -> Vec<Language> {
        let others = self.bundles.keys().copied().filter(|language| *language != self.fallback);
        std::iter::once(self.fallback).chain(others).collect()
    }

    /// Returns the first of some languages that there is a file for, else the one of last resort.
    #[must_use]
    pub fn choose(&self, wanted: impl IntoIterator<Item = Option<Language>>) -> Language {
        let spoken = wanted.into_iter().flatten().find(|language| self.bundles.contains_key(language));
        spoken.unwrap_or(self.fallback)
    }

    /// Returns the language that a name means in some locale, or the only one that some words name.
    pub(super) fn language_named(&self, name: &str) -> Option<Language> {
        let names: Vec<(String, Language)> = self
            .bundles
            .keys()
            .flat_map(|language| {
                let names = self.say(*language, "language-names");
                let entries = names.split(',').filter_map(|entry| {
                    let (code, name) = entry.trim().split_once(' ')?;
                    Some((fold(name.trim()), Language::from_code(code)?))
                });
                entries.collect::<Vec<_>>()
            })
            .collect();
        let name = fold(name.trim());
        let exact = names.iter().find(|(other, _)| *other == name).map(|(_, language)| *language);
        // "in English, please" names one too.
        let words = Words::of(&name);
        let mut named = names.iter().filter(|(other, _)| words.folded().any(|word| word == other));
        exact.or_else(|| named.next().map(|(_, language)| *language).filter(|one| named.all(|(_, other)| other == one)))
    }

    /// Says a sentence without arguments of its own.
    pub(super) fn say(&self, language: Language, key: &str) -> String {
        self.say_with(language, key, &[])
    }

    /// Says a sentence; every sentence may name `$organisation` and `$short`.
    pub(super) fn say_with(&self, language: Language, key: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
        debug_assert!(KEYS.contains(&key), "{key} is not in KEYS, so nobody checks that the locales have it");
        let bundle = self.bundles.get(&language).or_else(|| self.bundles.get(&self.fallback));
        let Some((bundle, pattern)) = bundle.and_then(|bundle| Some((bundle, bundle.get_message(key)?.value()?)))
        else {
            return key.to_owned();
        };
        let mut all = FluentArgs::new();
        let (name, short_name) = self.organisation.named_in(language);
        all.set("organisation", name);
        all.set("short", short_name);
        for (name, value) in arguments {
            all.set(*name, value.clone());
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&all), &mut errors).into_owned();
        for error in errors {
            tracing::warn!(%error, key, "a sentence of the locale `{language}` could not be filled in");
        }
        text
    }

    /// Writes a date in a language at its own precision, or that there is none.
    pub(super) fn date(&self, language: Language, date: Option<ReleaseDate>) -> String {
        let Some(date) = date else { return self.say(language, "date-unknown") };
        let text = |number: u8| FluentValue::from(number.to_string());
        let year = ("year", FluentValue::from(format!("{:04}", date.year)));
        let month = |month: u8| ("month", FluentValue::from(format!("m{month}")));
        match (date.month, date.day) {
            (Some(number), Some(day)) => {
                self.say_with(language, "date-day", &[("day", text(day)), month(number), year])
            }
            (Some(number), None) => self.say_with(language, "date-month", &[month(number), year]),
            (None, _) => format!("{:04}", date.year),
        }
    }
}

/// Reads one locale; the keys come along.
fn bundle(language: Language, text: String) -> Result<(FluentBundle<FluentResource>, BTreeSet<String>), Vec<String>> {
    let resource = FluentResource::try_new(text).map_err(|(resource, errors)| {
        let source = resource.source();
        let line =
            |at: usize| 1 + source.as_bytes()[..at.min(source.len())].iter().filter(|byte| **byte == b'\n').count();
        errors.iter().map(|error| format!("line {}: {}", line(error.pos.start), error.kind)).collect::<Vec<_>>()
    })?;
    let keys = resource
        .entries()
        .filter_map(|entry| match entry {
            fluent_syntax::ast::Entry::Message(message) => Some(message.id.name.to_owned()),
            _ => None,
        })
        .collect();
    let identifier: LanguageIdentifier = language.code().parse().map_err(|error| vec![format!("{error}")])?;
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    // The marks that keep right-to-left arguments apart would end up in front of quotation marks on a phone.
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    Ok((bundle, keys))
}

fn key_faults(keys: &BTreeSet<String>) -> Vec<String> {
    let missing = KEYS.iter().filter(|key| !keys.contains(**key)).map(|key| format!("the key {key} is missing"));
    let unknown = keys.iter().filter(|key| !KEYS.contains(&key.as_str()));
    missing.chain(unknown.map(|key| format!("nothing says the key {key}; take it out"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_and_a_superfluous_key_are_both_named() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let english = include_str!("../../config/locales/en.ftl");
        std::fs::write(folder.path().join("en.ftl"), english).expect("written");
        std::fs::write(folder.path().join("es.ftl"), english.replace("\nunclear =", "\nunklear =")).expect("written");
        let error = Wording::load(folder.path(), Some(Language::ENGLISH), Organisation::default())
            .expect_err("two faults")
            .to_string();
        assert!(error.contains("the key unclear is missing") && error.contains("unklear"), "{error}");
    }
}
