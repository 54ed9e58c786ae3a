//! How a word sounds to those who write as they speak.

/// Letters that are heard as others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sound {
    pub(super) letters: Vec<char>,
    /// Letters one of which comes next; none for any.
    pub(super) followed_by: String,
    pub(super) heard: String,
}

impl Sound {
    fn is_at(&self, letters: &[char]) -> bool {
        let next = letters.get(self.letters.len());
        letters.starts_with(&self.letters)
            && (self.followed_by.is_empty() || next.is_some_and(|next| self.followed_by.contains(*next)))
    }
}

/// Returns how a folded word sounds, by the first rule that fits at each letter; a letter written twice sounds once, except those
/// of `doubled`.
pub(super) fn sound<'r>(folded: &str, rules: impl Iterator<Item = &'r Sound> + Clone, doubled: &str) -> String {
    let letters: Vec<char> = folded.chars().collect();
    let mut sound = String::with_capacity(folded.len());
    let mut at = 0;
    while at < letters.len() {
        match rules.clone().find(|rule| rule.is_at(&letters[at..])) {
            Some(rule) => {
                if rule.heard.is_empty() || !sound.ends_with(&rule.heard) {
                    sound.push_str(&rule.heard);
                }
                at += rule.letters.len();
            }
            None => {
                let letter = letters[at];
                if at == 0 || letters[at - 1] != letter || doubled.contains(letter) {
                    sound.push(letter);
                }
                at += 1;
            }
        }
    }
    sound
}
