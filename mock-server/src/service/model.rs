//! The service: everything it knows, and how it is set up.
//!
//! **Invariant:** two services with the same settings that are asked the same things at the same
//! instants give the same answers.

use super::{
    account::Account,
    carrier::Carrier,
    channel::BUDGETS,
    country::CountryCode,
    dice::{Dice, Draw},
    events::Events,
    faults::Faults,
    feedback::PutWithoutFeedback,
    identity::{IdMint, Ids, RequestId},
    message_log::MessageLog,
    metrics::Metrics,
    quota::Limits,
    settings::ServiceSettings,
    spend::Spend,
    time::{SimTime, Timestamp},
};
use rand::Rng;
use std::{collections::BTreeMap, time::Duration};

/// AWS End User Messaging SMS, as far as it concerns one-time passwords.
///
/// Every call names its time on the run's own timeline, which must not go back; where it does,
/// the service may refuse what it would have allowed.
#[derive(Clone, Debug)]
pub struct Service {
    pub(super) setup: Setup,
    pub(super) campaign: CampaignModel,
    pub(super) dice: Dice,
    pub(super) state: State,
    /// How often the service was reset or resumed: no two of these lives make the same ids.
    pub(super) generation: u64,
}

/// What a scenario says about the service and the carriers behind it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CampaignModel {
    /// The seed of every draw.
    pub seed: u64,
    /// How the service behaves.
    pub settings: ServiceSettings,
    /// The carriers of each country, in the order in which a draw chooses among them.
    pub carriers: BTreeMap<CountryCode, Vec<Carrier>>,
}

/// What a reset goes back to.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    campaign: CampaignModel,
    pub(super) epoch: Duration,
    details: usize,
    events: usize,
    put_without_feedback: PutWithoutFeedback,
}

/// What calls change.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) ids: Ids,
    pub(super) messages: MessageLog,
    pub(super) events: Events,
    pub(super) account: Account,
    pub(super) limits: Limits,
    pub(super) faults: Faults,
    /// By the place of each budget.
    pub(super) spend: [Spend; BUDGETS],
    pub(super) metrics: Metrics,
    /// Calls so far that carried no origin.
    pub(super) anonymous: u64,
    /// Dry runs so far.
    pub(super) dry_runs: u64,
    /// Messages accepted so far that the caller remembers.
    pub(super) unremembered: u64,
    /// Request ids given out so far.
    pub(super) requests: u64,
}

/// Of how many newest messages text and context are kept, unless the caller says otherwise.
const DETAILS: usize = 10_000;

/// How many of the newest delivery events are kept, unless the caller says otherwise.
const EVENTS: usize = 10_000;

impl Service {
    /// A service with these settings: seed 0, no carriers, its timeline starting in 1970.
    #[must_use]
    pub fn new(settings: ServiceSettings) -> Self {
        let campaign = CampaignModel { settings, ..CampaignModel::default() };
        Self::from_setup(Setup {
            campaign,
            epoch: Duration::ZERO,
            details: DETAILS,
            events: EVENTS,
            put_without_feedback: PutWithoutFeedback::default(),
        })
    }

    fn from_setup(setup: Setup) -> Self {
        let campaign = setup.campaign.clone();
        let state = State {
            ids: Ids::new(setup.mint(campaign.seed, 0)),
            messages: MessageLog::new(setup.epoch),
            events: Events::default(),
            account: Account::default(),
            limits: Limits::new(&campaign.settings, setup.epoch),
            faults: Faults::new(&campaign.settings.faults),
            spend: [Spend::new(setup.epoch); BUDGETS],
            metrics: Metrics::new(setup.epoch),
            anonymous: 0,
            dry_runs: 0,
            unremembered: 0,
            requests: 0,
        };
        Self { dice: Dice::new(campaign.seed), campaign, state, setup, generation: 0 }
    }

    /// The same, unused service, keeping text and context of this many newest messages.
    #[must_use]
    pub fn with_details(self, newest: usize) -> Self {
        Self::from_setup(Setup { details: newest, ..self.setup })
    }

    /// The same, unused service, keeping this many newest delivery events; with none there are none.
    #[must_use]
    pub fn with_events(self, newest: usize) -> Self {
        Self::from_setup(Setup { events: newest, ..self.setup })
    }

    /// The same, unused service on a timeline that starts this long after 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn with_epoch(self, epoch: Duration) -> Self {
        Self::from_setup(Setup { epoch, ..self.setup })
    }

    /// The same, unused service with this campaign from the start, so that a reset comes back to it.
    #[must_use]
    pub fn with_campaign(self, campaign: CampaignModel) -> Self {
        Self::from_setup(Setup { campaign, ..self.setup })
    }

    /// The same, unused service with another answer to feedback on a message sent without it.
    #[must_use]
    pub fn with_put_without_feedback(self, answer: PutWithoutFeedback) -> Self {
        Self::from_setup(Setup { put_without_feedback: answer, ..self.setup })
    }

    /// Replaces seed, settings and carriers; messages and configuration sets stay, quotas start
    /// afresh. Rules of what goes wrong that did not come with a campaign stay.
    pub fn set_campaign(&mut self, now: SimTime, campaign: CampaignModel) {
        self.state.faults.set_campaign(now, &campaign.settings.faults);
        self.dice = Dice::new(campaign.seed);
        self.state.limits = Limits::new(&campaign.settings, self.setup.epoch);
        if self.state.messages.is_unused() {
            self.state.ids = Ids::new(self.setup.mint(campaign.seed, self.generation));
        }
        self.campaign = campaign;
    }

    /// Goes back to the start: no messages, no configuration sets, the first campaign.
    pub fn reset(&mut self) {
        let generation = self.generation + 1;
        *self = Self::from_setup(self.setup.clone());
        self.state.ids = Ids::new(self.setup.mint(self.campaign.seed, generation));
        self.generation = generation;
    }

    /// How often the account was emptied or read back.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// How long after 1970-01-01T00:00:00Z the timeline starts.
    #[must_use]
    pub const fn epoch(&self) -> Duration {
        self.setup.epoch
    }

    /// The account's resources.
    pub(crate) const fn account_mut(&mut self) -> &mut Account {
        &mut self.state.account
    }

    /// The number of the next draw that belongs to nobody's session.
    pub(super) fn next_draw(&mut self) -> u64 {
        self.state.requests += 1;
        self.state.requests
    }

    /// Six digits for the owner of a number.
    pub(super) fn draw_code(&mut self) -> String {
        let nth = self.next_draw();
        let mut dice = self.dice.at(nth, Draw::VerificationCode, 0);
        format!("{:06}", dice.next_u64() % 1_000_000)
    }

    /// The date at `now`.
    #[must_use]
    pub fn date(&self, now: SimTime) -> Timestamp {
        Timestamp::since_1970(self.epoch() + now.since_start())
    }

    /// An id for the next request, whatever it asks for.
    pub fn request_id(&mut self) -> RequestId {
        self.state.requests += 1;
        self.state.ids.request_id(self.state.requests)
    }

    /// What CloudWatch was told until `now`.
    pub fn metrics(&mut self, now: SimTime) -> &Metrics {
        // Receipts that nobody asked for yet count all the same.
        self.let_events_come(now);
        self.state.metrics.settle(now);
        let delay = self.settings().metrics.published_after;
        self.state.metrics.publish(now, delay);
        &self.state.metrics
    }

    /// How the service behaves now.
    #[must_use]
    pub const fn settings(&self) -> &ServiceSettings {
        &self.campaign.settings
    }

    pub(super) const fn details(&self) -> usize {
        self.setup.details
    }

    pub(super) const fn events_kept(&self) -> usize {
        self.setup.events
    }

    pub(super) const fn put_without_feedback(&self) -> PutWithoutFeedback {
        self.setup.put_without_feedback
    }

    /// The session number that stands for a call without an origin, new for each.
    pub(super) fn anonymous_session(&mut self) -> u64 {
        let session = (1 << 63) + self.state.anonymous;
        self.state.anonymous += 1;
        session
    }
}

impl Default for Service {
    /// A service that enforces no limit.
    fn default() -> Self {
        Self::new(ServiceSettings::default())
    }
}

impl Setup {
    /// The mint of this service's ids. Services started at different instants make different ids.
    pub(super) fn mint(&self, seed: u64, generation: u64) -> IdMint {
        let epoch = u64::try_from(self.epoch.as_nanos()).unwrap_or(u64::MAX);
        IdMint::new(seed ^ epoch.rotate_left(32), generation)
    }
}
