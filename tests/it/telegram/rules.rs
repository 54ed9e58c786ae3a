//! Telegram's rules for messages, including those that it enforces by silent changes; `tests/judges.rs` verifies them with TDLib.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;

use serde_json::{Value, json};

/// Checks the text, entities and keyboard of a message.
pub(super) fn check_message(message: &Value) -> Result<(), String> {
    check_text(message["text"].as_str().ok_or("no text")?)?;
    if message.get("parse_mode").is_some() {
        return Err("a parse mode, which can be refused".to_owned());
    }
    let units: Vec<u16> = message["text"].as_str().unwrap_or_default().encode_utf16().collect();
    check_entities(&units, message["entities"].as_array().map(Vec::as_slice).unwrap_or_default())?;
    match message.get("reply_markup") {
        None => Ok(()),
        Some(markup) => check_keyboard(markup),
    }
}

/// Checks the answer to an inline query: results, their messages, the offset and the button.
pub(super) fn check_inline_answer(answer: &Value) -> Result<(), String> {
    let results = answer["results"].as_array().ok_or("no results")?;
    if results.len() > 50 {
        return Err(format!("RESULTS_TOO_MUCH: {}", results.len()));
    }
    let mut ids = HashSet::new();
    for result in results {
        let id = result["id"].as_str().unwrap_or_default();
        if !(1..=64).contains(&id.len()) || !ids.insert(id) {
            return Err(format!("RESULT_ID_INVALID: {id:?}"));
        }
        if result["type"] != "article" || result.get("reply_markup").is_some() {
            return Err(format!("a result that is no plain article: {result}"));
        }
        if !result["title"].as_str().is_some_and(|title| title.chars().any(is_visible) && !title.contains('\n')) {
            return Err("ARTICLE_TITLE_EMPTY".to_owned());
        }
        let content = &result["input_message_content"];
        let message = json!({"text": content["message_text"], "entities": content["entities"]});
        check_message(&message)?;
        if content.get("parse_mode").is_some() || content["link_preview_options"]["is_disabled"] != true {
            return Err("a result with a parse mode or a link preview".to_owned());
        }
    }
    if answer["next_offset"].as_str().is_some_and(|offset| offset.len() > 64) {
        return Err("an offset of more than 64 bytes".to_owned());
    }
    if answer["is_personal"] != true || answer["cache_time"].as_u64().is_none_or(|time| time > 60) {
        return Err("results that are kept for long, or for others".to_owned());
    }
    let Some(button) = answer.get("button") else { return Ok(()) };
    let parameter = button["start_parameter"].as_str().unwrap_or_default();
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if button["text"].as_str().unwrap_or_default().trim().is_empty()
        || !(1..=64).contains(&parameter.len())
        || !parameter.bytes().all(is_allowed)
    {
        return Err(format!("START_PARAM_INVALID: {button}"));
    }
    Ok(())
}

/// Tells whether a character is kept by Telegram and visible.
pub(super) fn is_visible(letter: char) -> bool {
    const BLANK: &str = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180c}\u{180d}\u{180e}\u{200b}\
        \u{200c}\u{200d}\u{200e}\u{200f}\u{2060}\u{2061}\u{2062}\u{2063}\u{2064}\u{2800}\u{3164}\u{feff}\u{ffa0}\u{fffc}";
    let is_removed =
        matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2065}'..='\u{206f}' | '\u{333}' | '\u{33f}' | '\u{30a}');
    !(is_removed || letter.is_whitespace() || letter.is_control() || BLANK.contains(letter))
}

fn check_text(text: &str) -> Result<(), String> {
    let n_units = text.encode_utf16().count();
    if !text.chars().any(is_visible) {
        return Err("message text is empty".to_owned());
    }
    if n_units > 4096 {
        return Err(format!("message is too long: {n_units}"));
    }
    if text.trim() != text {
        return Err("white space at an end, which Telegram trims".to_owned());
    }
    match text.chars().find(|letter| is_changed(*letter)) {
        Some(letter) => Err(format!("the character {letter:?}, which Telegram removes or replaces")),
        None => Ok(()),
    }
}

/// Tells whether Telegram changes or removes a character: `clean_input_string` in TDLib's `td/telegram/misc.cpp`.
fn is_changed(letter: char) -> bool {
    let is_removed = matches!(letter, '\u{2028}'..='\u{202e}' | '\u{333}' | '\u{33f}' | '\u{30a}');
    is_removed || letter.is_control() && letter != '\n'
}

fn check_entities(units: &[u16], entities: &[Value]) -> Result<(), String> {
    if entities.len() > 100 {
        return Err("more than 100 entities, which Telegram drops".to_owned());
    }
    let mut before: Vec<(Range<usize>, &str)> = Vec::new();
    for entity in entities {
        let err = |what: &str| Err(format!("{what}: {entity}"));
        let (Some(offset), Some(length)) = (number(&entity["offset"]), number(&entity["length"])) else {
            return err("an entity without a place");
        };
        let place = offset..offset + length;
        if place.is_empty() || place.end > units.len() {
            return err("an entity that is empty or leaves the text");
        }
        let is_inside = |at: usize| units.get(at).is_some_and(|unit| (0xdc00..0xe000).contains(unit));
        if is_inside(place.start) || is_inside(place.end) {
            return err("an entity that cuts a character in two");
        }
        let text = String::from_utf16_lossy(&units[place.clone()]);
        if text.trim() != text || !text.chars().any(is_visible) {
            return err("an entity with white space at an end, which Telegram trims");
        }
        let url = entity["url"].as_str().unwrap_or_default();
        let kind = entity["type"].as_str().unwrap_or_default();
        if kind == "text_link" && !(url.starts_with("http://") || url.starts_with("https://")) {
            return err("a link that Telegram drops");
        }
        if let Err(what) = check_nesting(&before, &place, kind) {
            return err(what);
        }
        before.push((place, kind));
    }
    Ok(())
}

/// Checks the position of an entity after the previous ones, so that Telegram neither drops, splits, joins nor sorts any.
fn check_nesting(before: &[(Range<usize>, &str)], place: &Range<usize>, kind: &str) -> Result<(), &'static str> {
    /// Order of entities with equal ranges at Telegram.
    const RANKS: [&str; 6] = ["blockquote", "expandable_blockquote", "text_link", "code", "bold", "italic"];
    let is_style = |kind: &str| kind == "bold" || kind == "italic";
    let order = |place: &Range<usize>, kind: &str| {
        (place.start, Reverse(place.end), RANKS.iter().position(|other| *other == kind))
    };
    if before.last().is_some_and(|(other, of)| order(other, of) > order(place, kind)) {
        return Err("entities out of order");
    }
    let around = || before.iter().filter(|(other, _)| other.end > place.start);
    if around().any(|(outer, _)| outer.end < place.end) {
        return Err("entities that overlap");
    }
    if around().any(|(_, outer)| *outer == kind || *outer == "code") {
        return Err("an entity inside one that has no place for it");
    }
    // Entities that begin or end there separate them.
    let is_border =
        |(other, of): &(Range<usize>, &str)| !is_style(of) && (other.start == place.start || other.end == place.start);
    if is_style(kind)
        && before.iter().any(|(other, of)| other.end == place.start && *of == kind)
        && !before.iter().any(is_border)
    {
        return Err("entities that are one");
    }
    let may_stand = match kind {
        // Telegram may split nested ones.
        "bold" | "italic" => around().all(|(outer, of)| !is_style(of) || outer == place),
        "code" | "text_link" => around().all(|(_, outer)| outer.ends_with("blockquote")),
        "blockquote" | "expandable_blockquote" => around().next().is_none(),
        _ => false,
    };
    if may_stand { Ok(()) } else { Err("an entity that is unknown or may not stand here") }
}

fn check_keyboard(markup: &Value) -> Result<(), String> {
    let rows = markup["inline_keyboard"].as_array().ok_or("no inline keyboard")?;
    let mut n_buttons = 0;
    for row in rows {
        let buttons = row.as_array().ok_or("a row that is none")?;
        if buttons.is_empty() || buttons.len() > 8 {
            return Err(format!("a row of {} buttons", buttons.len()));
        }
        n_buttons += buttons.len();
        for button in buttons {
            if button["text"].as_str().unwrap_or_default().trim().is_empty() {
                return Err("a button without a label, which Telegram drops".to_owned());
            }
            let to_copy = button["copy_text"]["text"].as_str();
            let is_copied =
                to_copy.is_some_and(|text| (1..=256).contains(&text.chars().count()) && text.trim() == text);
            if !is_copied && !(1..=64).contains(&button["callback_data"].as_str().unwrap_or_default().len()) {
                return Err(format!("BUTTON_DATA_INVALID: {button}"));
            }
        }
    }
    if rows.is_empty() || n_buttons > 100 {
        return Err(format!("{n_buttons} buttons"));
    }
    Ok(())
}

fn number(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| number.try_into().ok())
}
