//! Which part of the result a channel's energy belongs to.

use wattcast_core::meter::{Attributor, CounterSpec, Flow, Outcome};
use wattcast_core::units::{Energy, Power, Quality};
use wattcast_core::wire::record::{ChannelId, Component, Scope};

use super::part::Part;
use crate::source::{Channel, ReadingKind, Source, Usage};

/// What the processors of the machine draw when they do nothing, and how that
/// is known. It is split off a measured package before the shares.
#[derive(Clone, Debug)]
pub struct IdleModel {
    /// All processors together.
    pub power: Power,
    /// The model in words.
    pub method: String,
    /// The true idle energy over the stated one, in millionths.
    pub range_ppm: (u32, u32),
}

/// Where the energy of one channel goes.
pub(super) enum Route {
    /// To one part, whole.
    Direct { part: usize, feeder: usize },
    /// Shared among all processes of the machine.
    Shared(Box<Shared>),
}

/// A machine-wide channel that is split by share of CPU time.
pub(super) struct Shared {
    attributor: Attributor,
    ours: usize,
    idle: Option<usize>,
    feeder: usize,
    last: Option<Usage>,
}

impl Route {
    /// The part that carries the counts of this channel, and the place of the
    /// channel among those that feed it.
    pub(super) fn main_part(&self) -> (usize, usize) {
        match self {
            Self::Direct { part, feeder } => (*part, *feeder),
            Self::Shared(shared) => (shared.ours, shared.feeder),
        }
    }

    /// Whether the machine's CPU time is needed for it.
    pub(super) const fn is_shared(&self) -> bool {
        matches!(self, Self::Shared(_))
    }

    /// The energy of `outcome` for each part that gets some of it.
    pub(super) fn split(&mut self, outcome: Outcome, usage: &Usage) -> [Option<(usize, Flow)>; 2] {
        match self {
            Self::Direct { part, .. } => [outcome.flow().map(|flow| (*part, flow)), None],
            Self::Shared(shared) => shared.split(outcome, usage),
        }
    }
}

impl Route {
    /// Leaves out what was used since the last reading.
    pub(super) fn restart(&mut self, usage: &Usage) {
        if let Self::Shared(shared) = self {
            shared.last = Some(*usage);
        }
    }
}

impl Shared {
    fn split(&mut self, outcome: Outcome, usage: &Usage) -> [Option<(usize, Flow)>; 2] {
        let skipped =
            matches!(outcome, Outcome::Unavailable | Outcome::Duplicate | Outcome::Backward);
        if skipped {
            return [None, None];
        }
        let last = self.last.replace(*usage);
        let (Some(flow), Some(last)) = (outcome.flow(), last) else { return [None, None] };
        let parts = self.attributor.split(
            flow.interval(),
            flow.import(),
            usage.process_cpu_us.saturating_sub(last.process_cpu_us),
            usage.machine_busy_us.saturating_sub(last.machine_busy_us),
        );
        let part = |energy: Energy| Flow::from_net(flow.interval(), energy);
        let ours = part(parts.ours).map(|flow| (self.ours, flow));
        let idle = self.idle.and_then(|index| Some((index, part(parts.idle)?)));
        [ours, idle]
    }
}

/// Lays out the parts for a set of channels.
pub(super) struct Routes {
    parts: Vec<Part>,
    idle: IdleModel,
    packages: u32,
}

impl Routes {
    pub(super) fn new(sources: &[Box<dyn Source>], idle: IdleModel) -> Self {
        let shared_cpus = sources.iter().flat_map(|s| s.channels()).filter(|c| shared(c));
        let packages = shared_cpus.filter(|c| c.component == Component::Cpu).count();
        Self { parts: Vec::new(), idle, packages: u32::try_from(packages).unwrap_or(u32::MAX) }
    }

    /// The route of the next channel.
    pub(super) fn route(&mut self, channel: &Channel) -> Route {
        if !shared(channel) {
            let (part, feeder) = self.part(|| channel.clone(), &channel.name);
            return Route::Direct { part, feeder };
        }
        let is_cpu = channel.component == Component::Cpu;
        let name = if is_cpu { "cpu" } else { "ram" };
        let (ours, feeder) = self.part(|| ours(channel, name), name);
        self.extend_method(ours, &channel.name);
        let idle_power = self.idle.power.as_uw() / i64::from(self.packages.max(1));
        let idle_power = if is_cpu { Power::from_uw(idle_power.max(0)) } else { Power::ZERO };
        let idle = is_cpu.then(|| {
            let idle = idle_channel(&self.idle);
            self.part(|| idle, "idle").0
        });
        match Attributor::new(idle_power) {
            Some(attributor) => {
                Route::Shared(Box::new(Shared { attributor, ours, idle, feeder, last: None }))
            }
            None => Route::Direct { part: ours, feeder },
        }
    }

    pub(super) fn into_parts(self) -> Vec<Part> {
        self.parts
    }

    /// The part of that name, made if it is not there, and a place in it.
    fn part(&mut self, channel: impl FnOnce() -> Channel, name: &str) -> (usize, usize) {
        let index = match self.parts.iter().position(|part| part.channel.name == name) {
            Some(index) => index,
            None => {
                let id = ChannelId::try_from(self.parts.len()).unwrap_or(ChannelId::MAX);
                self.parts.push(Part::new(id, channel()));
                self.parts.len() - 1
            }
        };
        let feeder = self.parts.get_mut(index).map_or(0, Part::add_feeder);
        (index, feeder)
    }

    fn extend_method(&mut self, part: usize, channel: &str) {
        if let Some(part) = self.parts.get_mut(part)
            && !part.channel.method.contains(channel)
        {
            part.channel.method.push_str(" + ");
            part.channel.method.push_str(channel);
        }
    }
}

/// Whether a channel measures what all processes of the machine share.
fn shared(channel: &Channel) -> bool {
    channel.counted
        && channel.scope == Scope::Machine
        && channel.quality == Quality::Measured
        && matches!(channel.component, Component::Cpu | Component::Ram)
}

fn ours(channel: &Channel, name: &str) -> Channel {
    let beyond = if channel.component == Component::Cpu { ", beyond idle" } else { "" };
    Channel {
        name: name.into(),
        scope: Scope::Process,
        method: format!("share of CPU time{beyond} of {}", channel.method),
        ..channel.clone()
    }
}

fn idle_channel(idle: &IdleModel) -> Channel {
    Channel {
        name: "idle".into(),
        component: Component::Idle,
        scope: Scope::Machine,
        quality: Quality::Modelled,
        method: format!("split off the measured energy: {}", idle.method),
        kind: ReadingKind::Counter(CounterSpec::microjoules()),
        resolution_uj: 1,
        range_ppm: idle.range_ppm,
        counted: true,
    }
}
