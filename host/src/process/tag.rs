//! The mark that a run leaves in the environment of its command, by which
//! nested runs and the guardian know what belongs to it.

/// The variable that holds the tags of all runs around a process.
pub(super) const VARIABLE: &str = "WATTCAST_RUN";

/// The name of a run and of the runs that it runs in.
///
/// ```
/// use wattcast::process::RunTag;
///
/// let tag = RunTag::within("outer", "in/ner");
/// assert_eq!(tag.id(), "in_ner");
/// assert_eq!(tag.value(), "outer:in_ner");
/// assert_eq!(tag.parent(), Some("outer"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunTag {
    chain: String,
}

impl RunTag {
    /// Longest id, in bytes.
    pub(super) const MAX_ID: usize = 48;
    /// Longest chain, in bytes: it has to fit into a file name.
    const MAX_CHAIN: usize = 200;

    /// The run `id`, inside the run that this process belongs to, if any. What
    /// is no letter, digit, `-`, `_` or `.` in it becomes `_`.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self::within(&std::env::var(VARIABLE).unwrap_or_default(), id)
    }

    /// The run `id` inside the runs of `chain`, outermost first, separated by
    /// colons. The outermost are forgotten where the chain grows too long.
    #[must_use]
    pub fn within(chain: &str, id: &str) -> Self {
        let mut chain: Vec<String> =
            chain.split(':').filter(|id| !id.is_empty()).map(clean).collect();
        chain.push(clean(id));
        while chain.len() > 1
            && chain.iter().map(|id| id.len() + 1).sum::<usize>() > Self::MAX_CHAIN
        {
            chain.remove(0);
        }
        Self { chain: chain.join(":") }
    }

    /// The run whose `value` this is.
    #[must_use]
    pub fn from_value(value: &str) -> Self {
        let (chain, id) = value.rsplit_once(':').unwrap_or(("", value));
        Self::within(chain, id)
    }

    /// Whether the run `id` is around this one.
    #[must_use]
    pub fn is_within(&self, id: &str) -> bool {
        self.chain.rsplit(':').skip(1).any(|around| around == id)
    }

    /// The run's own id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.chain.rsplit(':').next().unwrap_or_default()
    }

    /// The run around it.
    #[must_use]
    pub fn parent(&self) -> Option<&str> {
        self.chain.rsplit(':').nth(1)
    }

    /// The value of `WATTCAST_RUN` for the command.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.chain
    }
}

fn clean(id: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let kept: String =
        id.chars().take(RunTag::MAX_ID).map(|c| if allowed(c) { c } else { '_' }).collect();
    if kept.is_empty() { "_".to_owned() } else { kept }
}
