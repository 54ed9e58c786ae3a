//! Need of a question of what was talked about: whether it is half a question or one by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::linear::{Allowed, CONSTANT, logistic};
use super::side::Side;

/// Likelihood that a question needs what was talked about from which on it is half of one.
pub(crate) const IS_HALF: f32 = 0.5;

/// Number of signs.
pub const N_SIGNS: usize = 9;

/// Signs that a question is half of one, or that it is not, each from 0 to about 1, in the order of their names:
///
/// - 1 if it goes on from what was talked about, as with “and” before it,
/// - 1 if a word points back to what was talked about,
/// - the number of its words, in tenths,
/// - 1 if no word of it tells much,
/// - the share of its weight that a release talked about meets,
/// - the highest such share of the others,
/// - the highest share that what stands around the paragraphs of one of the others meets, its title above all,
/// - the similarity of the most similar passage of the releases talked about,
/// - that of the most similar one of the others.
pub type Signs = [f32; N_SIGNS];

/// Names of the signs, each with whether it takes an embedding.
const TABLE: [(&str, bool); N_SIGNS] = [
    ("goes_on", false),
    ("points_back", false),
    ("length", false),
    ("no_topic", false),
    ("met_here", false),
    ("met_elsewhere", false),
    ("titled_elsewhere", false),
    ("like_here", true),
    ("like_elsewhere", true),
];

impl Side {
    /// Returns the ranges of the weights of the signs.
    #[must_use]
    pub fn in_need(self) -> [Allowed; N_SIGNS] {
        TABLE.map(|(_, is_of_meaning)| if is_of_meaning && self == Self::Words { Allowed::Zero } else { Allowed::Any })
    }
}

/// Weights of the signs in the log-odds that a question is half of one; written by name, without those that are 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, f32>", into = "BTreeMap<String, f32>")]
pub struct Need {
    /// Added whatever the signs are.
    pub constant: f32,
    /// In the order of [`Signs`].
    pub signs: Signs,
}

impl Need {
    /// Returns the likelihood that a question with some signs is half of one.
    #[must_use]
    pub fn likelihood(&self, signs: &Signs) -> f32 {
        logistic(self.constant + self.signs.iter().zip(signs).map(|(weight, sign)| weight * sign).sum::<f32>())
    }
}

impl TryFrom<BTreeMap<String, f32>> for Need {
    type Error = String;

    fn try_from(named: BTreeMap<String, f32>) -> Result<Self, String> {
        let mut need = Self::default();
        for (name, weight) in named {
            match TABLE.iter().position(|(known, _)| *known == name) {
                Some(at) => need.signs[at] = weight,
                None if name == CONSTANT => need.constant = weight,
                None => {
                    let known = TABLE.map(|(known, _)| known).join(", ");
                    return Err(format!("there is no sign `{name}`; there are {known}"));
                }
            }
        }
        Ok(need)
    }
}

impl From<Need> for BTreeMap<String, f32> {
    fn from(need: Need) -> Self {
        let signs = TABLE.iter().zip(need.signs).filter(|(_, weight)| *weight != 0.0);
        let named = signs.map(|((name, _), weight)| ((*name).to_owned(), weight));
        named.chain([(CONSTANT.to_owned(), need.constant)]).collect()
    }
}
