//! How much a call may use, by lane.

use std::time::Duration;

/// The limits of one lane.
#[derive(Debug, Clone)]
pub struct LaneLimits {
    /// Longest processor time of a call. A call beyond it is stopped.
    pub busy: Duration,
    /// Longest time in all, waiting included: for the network, or for a turn on a busy machine.
    pub wall: Duration,
    /// Most linear memory, bytes.
    pub memory: usize,
    /// Most that a guest may hand to the host at once (a result, an argument of an import), about bytes.
    pub output: usize,
    /// Calls at the same time on this node.
    pub parallel: usize,
    /// Calls at the same time for one tenant.
    pub per_tenant: usize,
    /// Longest wait for room.
    pub queue: Duration,
}

/// The limits of kept instances.
#[derive(Debug, Clone)]
pub struct WarmLimits {
    /// Most linear memory of an instance, bytes: it holds a language's runtime.
    pub memory: usize,
    /// Instances of one use, and so its calls at the same time.
    pub per_use: usize,
    /// Instances of all uses that wait for their next call.
    pub kept: usize,
    /// Calls of one instance.
    pub calls: u32,
    /// Longest wait for its next call.
    pub idle: Duration,
    /// Most memory that an instance may gain over its first call and be kept, bytes.
    pub growth: usize,
    /// Longest processor time of a call that starts the instance too. A lane with more keeps its own.
    pub first_busy: Duration,
}

impl Default for WarmLimits {
    fn default() -> Self {
        Self {
            memory: 128 * MIB,
            per_use: 4,
            kept: 64,
            calls: 10_000,
            idle: Duration::from_secs(300),
            growth: 16 * MIB,
            first_busy: Duration::from_millis(500),
        }
    }
}

/// The limits of all lanes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Channels, taggers and SLA plugins: compute only, run where they are called.
    pub pure: LaneLimits,
    /// Bots: may wait for the network.
    pub io: LaneLimits,
    /// Reports: may compute for seconds.
    pub batch: LaneLimits,
    /// Instances that are kept, whatever their kind.
    pub warm: WarmLimits,
    /// Handles that one guest may hold at the same time (streams, moments, resources of its own): each is host memory.
    pub handles: usize,
    /// Largest component file, bytes.
    pub component: usize,
}

const MIB: usize = 1 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            pure: LaneLimits {
                busy: Duration::from_millis(100),
                wall: Duration::from_secs(2),
                memory: 16 * MIB,
                output: 2 * MIB,
                parallel: 64,
                per_tenant: 16,
                queue: Duration::from_secs(5),
            },
            io: LaneLimits {
                busy: Duration::from_millis(250),
                wall: Duration::from_secs(10),
                memory: 32 * MIB,
                output: 2 * MIB,
                parallel: 256,
                per_tenant: 32,
                queue: Duration::from_secs(5),
            },
            batch: LaneLimits {
                busy: Duration::from_secs(5),
                wall: Duration::from_secs(30),
                memory: 64 * MIB,
                output: 8 * MIB,
                parallel: 4,
                per_tenant: 1,
                queue: Duration::from_secs(30),
            },
            warm: WarmLimits::default(),
            handles: 4096,
            // A Python plugin brings its library along.
            component: 32 * MIB,
        }
    }
}

impl Limits {
    /// Instances that may live at the same time.
    pub(crate) fn instances(&self) -> u32 {
        let all = self.pure.parallel + self.io.parallel + self.batch.parallel;
        u32::try_from(all).unwrap_or(u32::MAX).max(1)
    }

    /// Calls with a stack of their own at the same time.
    pub(crate) fn stacks(&self) -> u32 {
        u32::try_from(self.io.parallel + self.batch.parallel).unwrap_or(u32::MAX).max(1)
    }

    /// The largest memory of any lane.
    pub(crate) fn memory(&self) -> usize {
        self.pure.memory.max(self.io.memory).max(self.batch.memory)
    }
}
