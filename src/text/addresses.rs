//! Phone numbers and mail addresses.

/// Returns a phone number without its extension, "Ext. 540".
pub(crate) fn without_extension(phone: &str) -> &str {
    let extension = phone.find(|letter: char| letter.is_alphabetic()).unwrap_or(phone.len());
    &phone[..extension]
}

/// Tells whether a number without its extension can be dialled: 7 to 15 digits (the maximum of E.164) and usual separators.
pub(crate) fn is_phone_number(printed: &str) -> bool {
    let number = without_extension(printed);
    let n_digits = number.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&n_digits) && number.chars().all(|letter| letter.is_ascii_digit() || " +-–.()/".contains(letter))
}

/// Tells whether a mail address is plausible: a name and a domain with a dot, without spaces or stray punctuation at the ends.
pub(crate) fn is_mail_address(text: &str) -> bool {
    let is_in = |extra: &'static str| move |letter: char| letter.is_alphanumeric() || extra.contains(letter);
    let is_whole = |part: &str| !part.is_empty() && !part.starts_with(['.', '-']) && !part.ends_with(['.', '-']);
    text.split_once('@').is_some_and(|(name, domain)| {
        name.chars().all(is_in("!#$%&'*+/=?^_`{|}~.-"))
            && !name.is_empty()
            && !name.starts_with('.')
            && !name.ends_with('.')
            && !name.contains("..")
            && domain.chars().all(is_in(".-"))
            && domain.contains('.')
            && domain.split('.').all(is_whole)
    })
}
