//! What Telegram demands of a message, or would silently change about it.

use serde_json::Value;

/// Checks the text, entities and keyboard of a message as sendMessage takes them.
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

/// Tells whether a character is one that Telegram keeps and people see.
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
    match text.chars().find(|letter| *letter != '\n' && letter.is_control()) {
        Some(letter) => Err(format!("control character {letter:?}, which Telegram replaces")),
        None => Ok(()),
    }
}

fn check_entities(units: &[u16], entities: &[Value]) -> Result<(), String> {
    if entities.len() > 100 {
        return Err("more than 100 entities, which Telegram drops".to_owned());
    }
    let mut around: Vec<(usize, &str)> = Vec::new();
    let mut last = (0, 0);
    for entity in entities {
        let err = |what: &str| Err(format!("{what}: {entity}"));
        let (Some(offset), Some(length)) = (number(&entity["offset"]), number(&entity["length"])) else {
            return err("an entity without a place");
        };
        let end = offset + length;
        if length == 0 || end > units.len() {
            return err("an entity that is empty or leaves the text");
        }
        if [offset, end].iter().any(|at| units.get(*at).is_some_and(|unit| (0xdc00..0xe000).contains(unit))) {
            return err("an entity that cuts a character in two");
        }
        let text = String::from_utf16_lossy(&units[offset..end]);
        if text.trim() != text || !text.chars().any(is_visible) {
            return err("an entity with white space at an end, which Telegram trims");
        }
        if (offset, usize::MAX - length) < last {
            return err("entities out of order");
        }
        last = (offset, usize::MAX - length);
        around.retain(|(outer_end, _)| *outer_end > offset);
        if around.iter().any(|(outer_end, _)| *outer_end < end) {
            return err("entities that overlap");
        }
        let kind = entity["type"].as_str().unwrap_or_default();
        let is_quote = |kind: &str| kind.ends_with("blockquote");
        match kind {
            "bold" | "italic" => {}
            "code" => {}
            "blockquote" | "expandable_blockquote" if around.iter().all(|(_, outer)| !is_quote(outer)) => {}
            "text_link" => {
                let url = entity["url"].as_str().unwrap_or_default();
                if !(url.starts_with("http://") || url.starts_with("https://")) {
                    return err("a link that Telegram drops");
                }
            }
            _ => return err("an entity that is unknown or may not stand here"),
        }
        if around.iter().any(|(_, outer)| *outer == "code") {
            return err("an entity inside code");
        }
        around.push((end, kind));
    }
    Ok(())
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
            if !(1..=64).contains(&button["callback_data"].as_str().unwrap_or_default().len()) {
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
