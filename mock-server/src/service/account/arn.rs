//! Amazon resource names. Account and region are made up.
//!
//! **Invariant:** the ARN of any account and region means the resource of that name here.

/// The account that everything belongs to.
pub const ACCOUNT: &str = "123456789012";

/// The region that everything is in.
pub const REGION: &str = "us-east-1";

/// The ARN of a resource, as in `arn("configuration-set", "otp")`.
#[must_use]
pub fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:sms-voice:{REGION}:{ACCOUNT}:{kind}/{name}")
}

/// Kind and name of the resource that an ARN of this service names.
#[must_use]
pub fn parts(arn: &str) -> Option<(&str, &str)> {
    let rest = arn.strip_prefix("arn:")?;
    let mut fields = rest.splitn(5, ':');
    let service = fields.nth(1)?;
    let resource = fields.nth(2)?;
    (service == "sms-voice").then(|| resource.split_once('/')).flatten()
}

/// The name that a name or an ARN of this kind means.
#[must_use]
pub fn bare<'a>(kind: &str, name: &'a str) -> &'a str {
    parts(name).filter(|(its, _)| *its == kind).map_or(name, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_arn_mean_the_same() {
        let made = arn("configuration-set", "otp");
        assert_eq!(made, "arn:aws:sms-voice:us-east-1:123456789012:configuration-set/otp");
        assert_eq!(bare("configuration-set", &made), "otp");
        assert_eq!(bare("configuration-set", "otp"), "otp");
        assert_eq!(bare("sender-id", &arn("sender-id", "ACME/GB")), "ACME/GB");
        assert_eq!(bare("pool", &made), made);
    }
}
