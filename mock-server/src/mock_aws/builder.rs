//! What a test can set before its stub starts.
//!
//! **Invariant:** the order of the calls does not matter, but for [`MockAwsBuilder::config`], which
//! says everything anew.

use super::MockAws;
#[cfg(feature = "signatures")]
use crate::signatures::AccessKeys;
use crate::{
    Stub,
    clock::StubClock,
    config::campaign,
    service::{
        CampaignModel, Service,
        carrier::Carrier,
        country::CountryCode,
        faults::Fault,
        feedback::PutWithoutFeedback,
        settings::{PartPrice, Quotas, ServiceSettings, Tier},
    },
};
use std::{
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Settings of a stub that is yet to start: an open account on the wall's clock, unless they say
/// otherwise.
///
/// ```
/// use sms_voice_mock::MockAws;
/// use std::time::{Duration, UNIX_EPOCH};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let aws = MockAws::builder()
///     .default_account()
///     .spend_limit_usd(100.0)
///     .price("BR", 0.02, 0.0)
///     .date(UNIX_EPOCH + Duration::from_secs(1_795_420_800))
///     .frozen_clock()
///     .seed(7)
///     .start()
///     .await?;
/// # let _ = aws;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct MockAwsBuilder {
    campaign: CampaignModel,
    /// The rules of the account; `None` leaves what the campaign says.
    rules: Option<Tier>,
    date: Option<SystemTime>,
    speed: f64,
    events: Option<usize>,
    details: Option<usize>,
    put_without_feedback: PutWithoutFeedback,
    #[cfg(feature = "signatures")]
    keys: Option<AccessKeys>,
}

impl Default for MockAwsBuilder {
    fn default() -> Self {
        Self {
            campaign: CampaignModel::default(),
            rules: None,
            date: None,
            speed: 1.0,
            events: None,
            details: None,
            put_without_feedback: PutWithoutFeedback::default(),
            #[cfg(feature = "signatures")]
            keys: None,
        }
    }
}

impl MockAwsBuilder {
    /// Gives the account AWS's documented defaults, as `--account default` does: one send a second,
    /// one message a second to a recipient, USD 1 a month, and originators of its own. What other
    /// calls set beats them.
    pub fn default_account(mut self) -> Self {
        self.rules = Some(Tier::Production);
        self
    }

    /// Puts the account into the sandbox, as `--account sandbox` does: the same defaults, and
    /// messages go to verified numbers only.
    pub fn sandbox_account(mut self) -> Self {
        self.rules = Some(Tier::Sandbox);
        self
    }

    /// Sets calls and parts per second.
    pub fn quotas(self, quotas: Quotas) -> Self {
        self.settings(|settings| settings.quotas = quotas)
    }

    /// Sets what may be spent in a calendar month.
    pub fn spend_limit_usd(self, usd: f64) -> Self {
        self.settings(|settings| settings.spend_limit_usd = Some(usd))
    }

    /// Sets the price of a message part in a country, and the carrier's fee on top.
    ///
    /// # Panics
    /// If the country is not two capital letters.
    #[track_caller]
    pub fn price(self, country: &str, price_usd: f64, fee_usd: f64) -> Self {
        let country = code(country);
        self.settings(|settings| {
            settings.prices.insert(country, PartPrice { price_usd, fee_usd });
        })
    }

    /// Adds a carrier to a country; with it come the delays and losses that delivery events tell of.
    ///
    /// # Panics
    /// If the country is not two capital letters.
    #[track_caller]
    pub fn carrier(mut self, country: &str, carrier: Carrier) -> Self {
        self.campaign.carriers.entry(code(country)).or_default().push(carrier);
        self
    }

    /// Lets something go wrong, counted from the start; more than one rule can hold.
    ///
    /// ```
    /// use sms_voice_mock::service::faults::{Fault, FaultKind};
    /// # use std::time::Duration;
    /// let builder = sms_voice_mock::MockAws::builder().fault(Fault {
    ///     operation: Some("SendTextMessage".into()),
    ///     until: Some(Duration::from_secs(60)),
    ///     ..Fault::always(FaultKind::ResetAfter)
    /// });
    /// # let _ = builder;
    /// ```
    pub fn fault(self, fault: Fault) -> Self {
        self.settings(|settings| settings.faults.push(fault))
    }

    /// Sets the seed of every draw.
    pub fn seed(mut self, seed: u64) -> Self {
        self.campaign.seed = seed;
        self
    }

    /// Starts the stub's clock at this date; dates before 1970 are 1970.
    pub fn date(mut self, date: SystemTime) -> Self {
        self.date = Some(date);
        self
    }

    /// Lets the stub's time pass `speed` times as fast as the wall's.
    ///
    /// # Panics
    /// If the speed is negative or not a finite number.
    #[track_caller]
    pub fn speed(mut self, speed: f64) -> Self {
        assert!(speed.is_finite() && speed >= 0.0, "a speed is a number from 0, not {speed}");
        self.speed = speed;
        self
    }

    /// Lets the stub's time stand still but for [`MockAws::advance`].
    pub fn frozen_clock(self) -> Self {
        self.speed(0.0)
    }

    /// Keeps this many of the newest delivery events; 10,000 unless set.
    pub fn events_kept(mut self, newest: usize) -> Self {
        self.events = Some(newest);
        self
    }

    /// Keeps texts and contexts of this many of the newest messages; 10,000 unless set.
    pub fn bodies_kept(mut self, newest: usize) -> Self {
        self.details = Some(newest);
        self
    }

    /// Sets the answer to feedback on a message that was sent without it, which AWS does not
    /// document.
    pub fn put_without_feedback(mut self, answer: PutWithoutFeedback) -> Self {
        self.put_without_feedback = answer;
        self
    }

    /// Answers only what is signed with one of these keys, at the date of the wall; the stub's own
    /// endpoints stay open. Unless set, signatures are not looked at.
    ///
    /// ```
    /// use sms_voice_mock::{MockAws, signatures::AccessKeys};
    ///
    /// let keys = AccessKeys::default().with("AKIDEXAMPLE", "not-a-secret");
    /// let builder = MockAws::builder().credentials(keys);
    /// # let _ = builder;
    /// ```
    #[cfg(feature = "signatures")]
    pub fn credentials(mut self, keys: AccessKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Changes anything else about the service: latencies, errors, retention, delivery events.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = sms_voice_mock::MockAws::builder().settings(|service| {
    ///     service.send_errors.throttle = 0.1;
    ///     service.events.delivered_after = Duration::from_secs(5);
    /// });
    /// # let _ = builder;
    /// ```
    pub fn settings(mut self, change: impl FnOnce(&mut ServiceSettings)) -> Self {
        change(&mut self.campaign.settings);
        self
    }

    /// Takes seed, speed, service and carriers from the text of a `--config` file, and forgets what
    /// was set of these before.
    ///
    /// ```
    /// let builder = sms_voice_mock::MockAws::builder().config(
    ///     r#"
    ///     seed = 7
    ///     [service]
    ///     quotas = { SendTextMessage = 20.0 }
    ///     errors.SendTextMessage = { throttle = 0.01 }
    ///     [[countries.BR]]
    ///     name = "Vivo"
    ///     delivered = 0.95
    ///     delay = { log_normal = { median = "4s", p95 = "15s" } }
    ///     "#,
    /// );
    /// # let _ = builder;
    /// ```
    ///
    /// # Panics
    /// If the text is not a valid configuration; the message names every mistake.
    #[track_caller]
    pub fn config(mut self, toml: &str) -> Self {
        match campaign::read(toml) {
            Ok((campaign, speed)) => {
                self.campaign = campaign;
                self.speed = speed.unwrap_or(self.speed);
                self
            }
            Err(problems) => panic!("this is not a valid configuration:{problems}"),
        }
    }

    /// Starts the stub on a free loopback port.
    pub async fn start(mut self) -> io::Result<MockAws> {
        if let Some(tier) = self.rules {
            self.campaign.settings.apply_aws_defaults(tier);
        }
        let mut service = Service::default()
            .with_campaign(self.campaign)
            .with_put_without_feedback(self.put_without_feedback);
        if let Some(newest) = self.events {
            service = service.with_events(newest);
        }
        if let Some(newest) = self.details {
            service = service.with_details(newest);
        }
        let clock = match self.date {
            Some(date) => StubClock::starting(since_1970(date), self.speed),
            None => StubClock::of_the_wall(self.speed),
        };
        let stub = Stub::new(service, clock);
        #[cfg(feature = "signatures")]
        let stub = match self.keys {
            Some(keys) => stub.with_credentials(keys),
            None => stub,
        };
        MockAws::serving(stub).await
    }
}

fn since_1970(date: SystemTime) -> Duration {
    date.duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[track_caller]
fn code(country: &str) -> CountryCode {
    country.parse().unwrap_or_else(|error| panic!("`{country}`: {error}"))
}
