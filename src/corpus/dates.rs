//! Dates of a head: the form that is read, and what is wrong with others.

use time::{Date, Duration, Month};

use super::faults::Faults;
use super::fields::Field;
use super::release::ReleaseDate;

/// First year that a release may be of; an earlier one is a slip such as 0021.
const FIRST_YEAR: i32 = 1900;

/// Reads the date of a field; warns of one in the future.
pub(super) fn read(key: &str, field: &Field<String>, today: Date, faults: &mut Faults) -> Option<ReleaseDate> {
    let (written, line) = (field.value.trim(), field.line);
    let Some(date) = ReleaseDate::parse(written) else {
        let what = calendar_fault(written).unwrap_or("must be YYYY, YYYY-MM or YYYY-MM-DD");
        faults.error(line, format!("{key} {written:?} {what}"));
        return None;
    };
    if date.year < FIRST_YEAR {
        faults.error(
            line,
            format!("{key} {written:?} must be of {FIRST_YEAR} or later; are the digits of its year right?"),
        );
        return None;
    }
    // It may be tomorrow already where the releases are published.
    if date.first_day().is_some_and(|first| first > today + Duration::DAY) {
        let effect = if key == "date" { ", so the release stands first as the newest" } else { "" };
        faults.warning(line, format!("{key} {written:?} is in the future{effect}"));
    }
    Some(date)
}

/// Says what is wrong with a text that has the form of a date and is none of the calendar.
pub(super) fn calendar_fault(text: &str) -> Option<&'static str> {
    let parts: Vec<&str> = text.split('-').collect();
    let has_form = parts.iter().zip([4, 2, 2]).all(|(part, length)| part.len() == length)
        && (2..=3).contains(&parts.len())
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !has_form {
        return None;
    }
    let month = parts[1].parse().ok().and_then(|month: u8| Month::try_from(month).ok());
    let year: Option<i32> = parts[0].parse().ok();
    Some(match month.zip(year).map(|(month, year)| month.length(year)) {
        None => "is in no calendar: the months are 01 to 12",
        Some(28) => "is in no calendar: that month has 28 days",
        Some(29) => "is in no calendar: that month has 29 days",
        Some(30) => "is in no calendar: that month has 30 days",
        Some(_) => "is in no calendar: that month has 31 days",
    })
}
