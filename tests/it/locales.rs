//! The bot's own sentences: the same in every language, and nowhere but in `config/locales/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use fluent_syntax::ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;

use crate::desk::project;

type Names = BTreeSet<String>;

/// Returns the keys of a locale, each with what its sentences are filled in with.
fn keys(language: &str) -> BTreeMap<String, Names> {
    let text = fs::read_to_string(project(&format!("config/locales/{language}.ftl"))).unwrap();
    let resource = parse(text.as_str()).unwrap_or_else(|(_, errors)| panic!("{language}.ftl: {errors:?}"));
    let mut keys = BTreeMap::new();
    for entry in resource.body {
        if let Entry::Message(message) = entry {
            let mut names = Names::new();
            fill_pattern(message.value.as_ref(), &mut names);
            let former = keys.insert(message.id.name.to_owned(), names);
            assert!(former.is_none(), "{language}.ftl has {} twice", message.id.name);
        }
    }
    keys
}

fn fill_pattern(pattern: Option<&Pattern<&str>>, names: &mut Names) {
    for element in pattern.into_iter().flat_map(|pattern| &pattern.elements) {
        if let PatternElement::Placeable { expression } = element {
            fill(expression, names);
        }
    }
}

fn fill(expression: &Expression<&str>, names: &mut Names) {
    match expression {
        Expression::Inline(inline) => fill_inline(inline, names),
        Expression::Select { selector, variants } => {
            fill_inline(selector, names);
            for variant in variants {
                fill_pattern(Some(&variant.value), names);
            }
        }
    }
}

fn fill_inline(inline: &InlineExpression<&str>, names: &mut Names) {
    match inline {
        InlineExpression::VariableReference { id } => {
            names.insert(format!("${}", id.name));
        }
        InlineExpression::MessageReference { id, .. } => {
            names.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => fill(expression, names),
        InlineExpression::FunctionReference { arguments: CallArguments { positional, named }, .. } => {
            let arguments = positional.iter().chain(named.iter().map(|argument| &argument.value));
            arguments.for_each(|argument| fill_inline(argument, names));
        }
        _ => {}
    }
}

#[test]
fn every_language_says_the_same_and_fills_in_the_same() {
    let english = keys("en");
    assert!(english.len() > 40);
    for file in fs::read_dir(project("config/locales")).unwrap() {
        let path = file.unwrap().path();
        let language = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(keys(language), english, "{language}.ftl");
    }
}

#[test]
fn no_sentence_of_the_bot_stands_in_the_code() {
    // Not those whose texts are faults of the files in `config/` for whoever runs the bot.
    let folder = fs::read_dir(project("src/conversation")).unwrap().map(|file| file.unwrap().path());
    let files = folder
        .filter(|path| !path.ends_with("wording.rs") && !path.ends_with("help_lines.rs"))
        .chain([project("src/conversation.rs")]);
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.contains("expect(")) {
            let is_sentence = |text: &&str| {
                let mut words = text.split(' ').filter(|word| word.chars().all(char::is_alphabetic) && word.len() > 1);
                words.next().is_some() && words.next().is_some()
            };
            let said = line.split('"').skip(1).step_by(2).find(is_sentence);
            assert_eq!(said, None, "{}: this belongs into config/locales", file.display());
        }
    }
}
