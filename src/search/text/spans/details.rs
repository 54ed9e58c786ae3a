//! Details known by their form: amounts of money, that there is none to pay, times of day, ages.

use super::SpanReader;
use crate::language::{List, PhraseList};
use crate::search::text::kinds::Kinds;

/// Signs of currencies.
const CURRENCY_SIGNS: &str = "$¢£¤¥฿₡₢₣₤₥₦₧₨₩₪₫€₭₮₱₲₳₴₵₸₹₺₼₽₾₿";

/// Codes of currencies in use (ISO 4217); each counts in capitals and beside a number.
const CURRENCY_CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
                              CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF \
                              GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK \
                              LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD \
                              OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
                              SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF \
                              YER ZAR ZMW ZWG";

/// Number of the hours of a day.
const HOURS_OF_DAY: u8 = 24;

impl SpanReader<'_> {
    /// Returns the details that a word by itself, or with the next ones, tells.
    pub(super) fn details_at(&self, at: usize) -> Kinds {
        let is_number = self.is_number(at);
        let mut details = Kinds::empty();
        details.set(Kinds::AMOUNT, is_number && self.has_currency_sign(at) || self.is_currency(at) || self.is_free(at));
        details.set(Kinds::HOUR, is_number && self.is_hour(at));
        details.set(Kinds::AGE, self.lexicon.phrases(PhraseList::Ages).begins_at(self.words, at));
        details
    }

    /// Tells whether a sign of a currency stands on either side of a number: “$30”, “30 €”.
    fn has_currency_sign(&self, at: usize) -> bool {
        let is_sign = |letter: char| CURRENCY_SIGNS.contains(letter);
        self.words.before(at).trim_end().ends_with(is_sign) || self.words.behind(at).trim_start().starts_with(is_sign)
    }

    /// Tells whether words that nothing is to be paid begin: “free of charge”.
    fn is_free(&self, at: usize) -> bool {
        self.lexicon.phrases(PhraseList::Free).begins_at(self.words, at)
    }

    fn is_currency(&self, at: usize) -> bool {
        let is_code = || {
            let is_beside_number = at > 0 && self.is_number(at - 1) || self.is_number(at + 1);
            is_beside_number && CURRENCY_CODES.split(' ').any(|code| code == self.words.written(at))
        };
        self.is_in(at, List::Currencies) || is_code()
    }

    /// Tells whether a number is a time of day: “8:30”, “14h30”, “9 am”, “13 a 22 horas”, “a las 8”.
    fn is_hour(&self, at: usize) -> bool {
        let is_hour_of_day = |at: usize| self.folded(at).parse::<u8>().is_ok_and(|hour| hour <= HOURS_OF_DAY);
        let begins_range = || {
            let is_joined = self.is_in(at + 1, List::HourJoiners);
            let last = if is_joined { at + 2 } else { at + 1 };
            let is_range = is_joined || last < self.words.len() && matches!(self.words.gap_before(last), "-" | "–");
            is_range && is_hour_of_day(at) && is_hour_of_day(last) && self.is_in(last + 1, List::HourUnits)
        };
        let is_announced = || {
            let is_behind = at > 0 && self.lexicon.phrases(PhraseList::BeforeHour).ends_with(self.words, at - 1);
            // “A las 20 familias” is no time.
            let stands_alone = !self.words.behind(at).starts_with(' ')
                || self.is_in(at + 1, List::HourUnits)
                || self.lexicon.is_function_word(self.folded(at + 1));
            is_behind && is_hour_of_day(at) && stands_alone
        };
        self.lexicon.phrases(PhraseList::Hours).begins_at(self.words, at + 1)
            || self.is_clock(at)
            || self.is_joined_hour(at)
            || begins_range()
            || is_announced()
    }

    /// Tells whether a number is a time of day by the letters that it is written in one with: “10am”.
    fn is_joined_hour(&self, at: usize) -> bool {
        let letters = self.folded(at).trim_start_matches(|letter: char| letter.is_ascii_digit());
        !letters.is_empty() && self.lexicon.phrases(PhraseList::Hours).has_word(letters)
    }

    /// Tells whether a number and the text behind it are a time of day by their signs: 8:30, 14h30, 14h.
    fn is_clock(&self, at: usize) -> bool {
        let number = self.folded(at);
        let is_two_digits = |text: &str| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some((hours, minutes)) = number.split_once('h') {
            return !hours.is_empty() && is_two_digits(hours) && is_two_digits(minutes);
        }
        let behind = self.words.behind(at).strip_prefix(':').unwrap_or_default();
        number.contains(':') || number.len() <= 2 && behind.chars().take_while(char::is_ascii_digit).count() == 2
    }
}
