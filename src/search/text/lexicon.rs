//! Word lists, folded, that spans of a text are known by, in English and Spanish.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A set of folded words.
pub(crate) type WordSet = LazyLock<HashSet<&'static str>>;

/// Splits a list into its words.
pub(crate) fn set(list: &'static str) -> HashSet<&'static str> {
    list.split_whitespace().collect()
}

pub(crate) static MONTHS: WordSet = LazyLock::new(|| {
    set("january february march april may june july august september october november december enero febrero marzo
    abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre")
});
/// Days that are named from the day of the release.
pub(crate) static DAYS: WordSet = LazyLock::new(|| set("yesterday today tomorrow ayer hoy"));
/// Periods of time, which tell of a date: “this week”.
pub(crate) static PERIODS: WordSet = LazyLock::new(|| set("day week month year dia manana semana mes ano"));
/// Numbers in words that count something.
pub(crate) static NUMBERS: WordSet = LazyLock::new(|| {
    set("two three four five six seven eight nine ten hundred thousand million dozens half dos tres cuatro cinco seis siete ocho
    nueve diez cien mil millones decenas mitad")
});

/// Titles and positions of people, which are no part of their names: “Mrs.”, “Deputy Minister”, “IOM’s Chief of Mission”.
pub(crate) static ROLES: WordSet = LazyLock::new(|| {
    set("mr mrs ms dr sr sra dra director directora chief jefe jefa deputy minister ministers ministro ministra ambassador
    ambassadors embajador embajadora embajadores resident representative representatives representante representantes
    president presidente presidenta mission mision interim head secretary secretario secretaria")
});
/// Words between a position and its field.
pub(crate) static ROLE_OF: WordSet = LazyLock::new(|| set("of for to in the de del para en el la ad"));
/// Groups of people and their deeds at events, beside which somebody is named.
pub(crate) static ATTENDANCE: WordSet = LazyLock::new(|| {
    set("said dijo explained stated participants participated attended attendees delegates officials members staffed team
    specialists organized presented provided executed coordination chaired led participantes participaron asistieron
    funcionarios miembros organizaron presentaron ejecutado coordinacion presidio")
});
/// Words that join the parts of a name.
pub(crate) static PARTICLES: WordSet = LazyLock::new(|| set("of for de del la las los da do dos van der den von"));
/// Articles and titles, which may stand between a preposition and a name.
pub(crate) static ARTICLES: WordSet = LazyLock::new(|| set("the a an el la los las mrs mr ms dr sr sra dra"));
/// Prepositions before one who does something.
pub(crate) static BY: WordSet = LazyLock::new(|| set("by por"));
/// Prepositions before one who takes part in something.
pub(crate) static WITH: WordSet = LazyLock::new(|| set("with from con"));
/// Prepositions before a place.
pub(crate) static IN: WordSet = LazyLock::new(|| set("in near en"));

/// First words of many places, as in La Union and San Salvador.
pub(crate) static PLACE_ARTICLES: WordSet = LazyLock::new(|| set("el la los las san santa santo"));
/// Words of places that the list of places has not by themselves.
pub(crate) static PLACE_WORDS: WordSet =
    LazyLock::new(|| set("costa dominican dominicana republic republica united states estados unidos"));

/// Words of payments and of those who make them.
pub(crate) static MONEY: WordSet = LazyLock::new(|| {
    set("paid pay pays cash bill funded fund funds funding finance financed finances sponsor sponsored sponsors donor donors donated
    money bankrolled pago pagaron paga pagan pagado financio financiaron financia financian financiamiento financiado financiada fondos plata pisto dinero
    patrocino patrocina donante donantes dono")
});
pub(crate) static CURRENCIES: WordSet = LazyLock::new(|| set("dollar dollars euro euros usd eur dolar dolares"));
/// Words of reasons; releases also give one by what stands out: “one of the departments with the highest level of mobility”.
pub(crate) static REASONS: WordSet = LazyLock::new(|| {
    set("because due thus therefore hence owing since reason reasons cause causes caused result impact highest greatest most
    porque debido pues razon razones motivo motivos causa causas causado impacto")
});
