//! Which country a phone number belongs to.
//!
//! Calling codes and the prefixes of territories that share one, after the public numbering plans
//! (ITU-T E.164, the North American plan, national plans). A territory whose mobile numbers look
//! like its neighbour's (Åland, Svalbard, Christmas Island, Saint Martin and the like) is known by
//! its landlines only.
//!
//! **Invariant:** nothing here says whether a number is valid; only where it would be.

use super::{country::CountryCode, dice::DiceRng};
use rand::Rng;
use std::sync::LazyLock;

/// Every calling code of a country, beside the country that has the numbers no one else claims.
const CODES: &str = "
    US 1 RU 7
    EG 20 ZA 27 GR 30 NL 31 BE 32 FR 33 ES 34 HU 36 IT 39 RO 40 CH 41 AT 43 GB 44 DK 45 SE 46 NO 47
    PL 48 DE 49 PE 51 MX 52 CU 53 AR 54 BR 55 CL 56 CO 57 VE 58 MY 60 AU 61 ID 62 PH 63 NZ 64 SG 65
    TH 66 JP 81 KR 82 VN 84 CN 86 TR 90 IN 91 PK 92 AF 93 LK 94 MM 95 IR 98
    SS 211 MA 212 DZ 213 TN 216 LY 218 GM 220 SN 221 MR 222 ML 223 GN 224 CI 225 BF 226 NE 227
    TG 228 BJ 229 MU 230 LR 231 SL 232 GH 233 NG 234 TD 235 CF 236 CM 237 CV 238 ST 239 GQ 240
    GA 241 CG 242 CD 243 AO 244 GW 245 IO 246 AC 247 SC 248 SD 249 RW 250 ET 251 SO 252 DJ 253
    KE 254 TZ 255 UG 256 BI 257 MZ 258 ZM 260 MG 261 RE 262 ZW 263 NA 264 MW 265 LS 266 BW 267
    SZ 268 KM 269 SH 290 ER 291 AW 297 FO 298 GL 299
    GI 350 PT 351 LU 352 IE 353 IS 354 AL 355 MT 356 CY 357 FI 358 BG 359 LT 370 LV 371 EE 372
    MD 373 AM 374 BY 375 AD 376 MC 377 SM 378 UA 380 RS 381 ME 382 XK 383 HR 385 SI 386 BA 387
    MK 389 CZ 420 SK 421 LI 423
    FK 500 BZ 501 GT 502 SV 503 HN 504 NI 505 CR 506 PA 507 PM 508 HT 509 GP 590 BO 591 GY 592
    EC 593 GF 594 PY 595 MQ 596 SR 597 UY 598 CW 599
    TL 670 NF 672 BN 673 NR 674 PG 675 TO 676 SB 677 VU 678 FJ 679 PW 680 WF 681 CK 682 NU 683
    WS 685 KI 686 NC 687 TV 688 PF 689 TK 690 FM 691 MH 692
    KP 850 HK 852 MO 853 KH 855 LA 856 BD 880 TW 886
    MV 960 LB 961 JO 962 SY 963 IQ 964 KW 965 SA 966 YE 967 OM 968 PS 970 AE 971 IL 972 BH 973
    QA 974 BT 975 MN 976 NP 977 TJ 992 TM 993 AZ 994 GE 995 KG 996 UZ 998
";

/// Longer prefixes that belong to another country than the rest of their calling code.
const EXCEPTIONS: &str = "
    CA 1204 CA 1226 CA 1236 CA 1249 CA 1250 CA 1257 CA 1263 CA 1273 CA 1289 CA 1306 CA 1343 CA 1354
    CA 1365 CA 1367 CA 1368 CA 1382 CA 1403 CA 1416 CA 1418 CA 1428 CA 1431 CA 1437 CA 1438 CA 1450
    CA 1468 CA 1474 CA 1506 CA 1514 CA 1519 CA 1548 CA 1579 CA 1581 CA 1584 CA 1587 CA 1600 CA 1604
    CA 1613 CA 1622 CA 1633 CA 1639 CA 1647 CA 1672 CA 1683 CA 1705 CA 1709 CA 1742 CA 1753 CA 1778
    CA 1780 CA 1782 CA 1807 CA 1819 CA 1825 CA 1867 CA 1873 CA 1879 CA 1902 CA 1905 CA 1942
    AG 1268 AI 1264 AS 1684 BB 1246 BM 1441 BS 1242 DM 1767 DO 1809 DO 1829 DO 1849 GD 1473 GU 1671
    JM 1658 JM 1876 KN 1869 KY 1345 LC 1758 MP 1670 MS 1664 PR 1787 PR 1939 SX 1721 TC 1649 TT 1868
    VC 1784 VG 1284 VI 1340
    KZ 77
    VA 3906698
    GG 441481 GG 447781 GG 447839 GG 4479111 GG 4479117
    IM 441624 IM 4474576 IM 447524 IM 447624 IM 447924
    JE 441534 JE 447509 JE 4477003 JE 4477007 JE 4477008 JE 447797 JE 447829 JE 447937
    SJ 4779
    CC 6189162 CX 6189164
    EH 2125288 EH 2125289
    YT 262269 YT 262639 YT 26270935 YT 26270936 YT 26270937
    TA 2908
    AX 35818
    BL 59059027 MF 59059051 MF 59059052 MF 59059087
    BQ 5993 BQ 5994 BQ 5997
";

/// Numbers are compared by this many leading digits: as many as the longest prefix has.
const COMPARED: u32 = 8;

/// The country of an E.164 number, given as its digits without `+`; `None` for satellite phones,
/// international services and codes that no country has.
#[must_use]
pub fn country_of(digits: u64) -> Option<CountryCode> {
    let place = left_aligned(digits);
    let next = LINE.partition_point(|stretch| stretch.from <= place);
    LINE[..next].last()?.country
}

/// Every country that has numbers, in no order, some more than once.
pub fn countries() -> impl Iterator<Item = CountryCode> {
    rows(CODES).chain(rows(EXCEPTIONS)).map(|(country, _)| country)
}

/// The calling code of a country: 1 for `CA`, 44 for `JE`. `None` if it has no numbers of its own.
#[must_use]
pub fn calling_code(country: CountryCode) -> Option<u16> {
    let prefix = rows(CODES)
        .chain(rows(EXCEPTIONS))
        .find_map(|(owner, prefix)| (owner == country).then_some(prefix))?;
    rows(CODES)
        .find(|(_, code)| prefix.starts_with(code))
        .map(|(_, code)| code.parse().expect("a calling code has at most three digits"))
}

/// A made-up number that begins with a prefix of this country: nine digits behind the calling code,
/// ten in North America. A longer prefix inside that one may still belong to another country.
pub(super) fn draw(country: CountryCode, dice: &mut DiceRng) -> Option<u64> {
    let own: Vec<_> = rows(CODES).chain(rows(EXCEPTIONS)).filter(|row| row.0 == country).collect();
    let many = u64::try_from(own.len()).expect("a small table");
    let nth = usize::try_from(dice.next_u64().checked_rem(many)?).expect("a place in it");
    let code = calling_code(country)?;
    let digits = length(u64::from(code)) + if code == 1 { 10 } else { 9 };
    let prefix: u64 = own[nth].1.parse().expect("the tables hold digits");
    let rest = 10_u64.pow(digits - length(prefix) - 1);
    // No national number begins with 0 or 1.
    let first = 2 + dice.next_u64() % 8;
    Some((prefix * 10 + first) * rest + dice.next_u64() % rest)
}

/// Neighbouring numbers of one country, up to where the next stretch begins.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: u32,
    country: Option<CountryCode>,
}

/// All numbers by their leading digits, from the lowest to the highest, cut where the country
/// changes: one binary search finds the longest prefix.
static LINE: LazyLock<Vec<Stretch>> = LazyLock::new(|| {
    let mut line = vec![Stretch { from: 0, country: None }];
    for (country, prefix) in rows(CODES).chain(rows(EXCEPTIONS)) {
        claim(&mut line, prefix, country);
    }
    line
});

/// Gives all numbers behind `prefix` to `country`; they must lie within one stretch.
fn claim(line: &mut Vec<Stretch>, prefix: &str, country: CountryCode) {
    let prefix = prefix.parse().expect("the tables hold digits");
    let from = left_aligned(prefix);
    let until = from + 10_u32.pow(COMPARED - length(prefix));
    let place = line.partition_point(|stretch| stretch.from < from);
    let rest = match line.get(place) {
        Some(same) if same.from == from => line.remove(place).country,
        _ => line[place - 1].country,
    };
    let end_is_cut = line.get(place).is_some_and(|next| next.from <= until);
    let owned = Stretch { from, country: Some(country) };
    let after = (!end_is_cut).then_some(Stretch { from: until, country: rest });
    line.splice(place..place, [owned].into_iter().chain(after));
}

/// The first digits of a number, filled up with zeros.
fn left_aligned(digits: u64) -> u32 {
    let length = length(digits);
    let leading = if length > COMPARED {
        digits / 10_u64.pow(length - COMPARED)
    } else {
        digits * 10_u64.pow(COMPARED - length)
    };
    u32::try_from(leading).expect("eight digits fit")
}

fn length(digits: u64) -> u32 {
    digits.checked_ilog10().map_or(1, |log| log + 1)
}

/// The pairs of a table: country and prefix.
fn rows(table: &'static str) -> impl Iterator<Item = (CountryCode, &'static str)> {
    let mut words = table.split_ascii_whitespace();
    std::iter::from_fn(move || {
        let country = words.next()?.parse().expect("a country comes first");
        Some((country, words.next().expect("its prefix comes second")))
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::dice::{Dice, Draw},
        *,
    };

    /// What `LINE` must find, one prefix at a time.
    fn longest_prefix(digits: u64) -> Option<CountryCode> {
        let digits = digits.to_string();
        rows(CODES)
            .chain(rows(EXCEPTIONS))
            .filter(|(_, prefix)| digits.starts_with(prefix))
            .max_by_key(|(_, prefix)| prefix.len())
            .map(|(country, _)| country)
    }

    #[track_caller]
    fn check_country(digits: u64, expected: &str) {
        let found = country_of(digits).map(|country| country.to_string());
        assert_eq!(found.unwrap_or_default(), expected, "+{digits}");
    }

    #[test]
    fn both_simulator_numbers_of_a_country_are_in_it() {
        for (country, received, failed) in SIMULATOR_NUMBERS {
            check_country(received, country);
            check_country(failed, country);
        }
    }

    #[test]
    fn territories_that_share_a_calling_code_are_told_apart() {
        for (digits, country) in [
            (12_015_550_123, "US"),
            (15_062_345_678, "CA"),
            (18_762_101_234, "JM"),
            (17_872_345_678, "PR"),
            (79_123_456_789, "RU"),
            (77_710_009_998, "KZ"),
            (447_400_123_456, "GB"),
            (447_781_123_456, "GG"),
            (447_924_123_456, "IM"),
            (447_797_712_345, "JE"),
            (390_669_812_345, "VA"),
            (4_779_123_456, "SJ"),
            (61_891_641_234, "CX"),
            (212_528_812_345, "EH"),
            (262_639_012_345, "YT"),
            (2_908_999, "TA"),
            (3_581_812_345, "AX"),
            (5_993_181_234, "BQ"),
            (59_995_181_234, "CW"),
        ] {
            check_country(digits, country);
        }
    }

    #[test]
    fn numbers_without_a_country_have_none() {
        for digits in [
            0,
            800_123_456_789,
            870_123_456_789,
            882_123_456_789,
            999_123_456,
            9_999_999_999_999_999_999,
        ] {
            check_country(digits, "");
        }
    }

    #[test]
    fn the_longest_prefix_wins_on_both_sides_of_every_cut() {
        for stretch in LINE.iter() {
            for place in stretch.from.saturating_sub(1)..=stretch.from.saturating_add(1) {
                let digits = u64::from(place) * 10_000;
                if digits > 0 {
                    assert_eq!(country_of(digits), longest_prefix(digits), "+{digits}");
                }
            }
        }
    }

    #[test]
    fn no_prefix_is_claimed_twice() {
        let mut prefixes: Vec<_> = rows(CODES).chain(rows(EXCEPTIONS)).collect();
        let all = prefixes.len();
        prefixes.sort_by_key(|(_, prefix)| *prefix);
        prefixes.dedup_by_key(|(_, prefix)| *prefix);
        assert_eq!(prefixes.len(), all);
    }

    #[test]
    fn a_territory_has_the_calling_code_it_shares() {
        let code = |text: &str| calling_code(text.parse().unwrap());
        assert_eq!(code("BR"), Some(55));
        assert_eq!(code("CA"), Some(1));
        assert_eq!(code("JE"), Some(44));
        assert_eq!(code("AX"), Some(358));
        assert_eq!(code("ZZ"), None);
    }

    #[test]
    fn a_made_up_number_of_every_country_is_found_in_a_few_draws() {
        for country in countries() {
            let draws = (0..100).map(|nth| {
                let mut dice = Dice::new(1).at(nth, Draw::MadeUpNumber, 0);
                draw(country, &mut dice).expect("a country with numbers")
            });
            let fitting = draws.filter(|digits| country_of(*digits) == Some(country)).count();
            assert!(fitting >= 40, "{fitting} of 100 in {country}");
        }
        let dice = &mut Dice::new(1).at(0, Draw::MadeUpNumber, 0);
        assert_eq!(draw(CountryCode::of("ZZ"), dice), None);
    }

    /// AWS's destinations that pretend: country, the one that receives, the one that fails.
    const SIMULATOR_NUMBERS: [(&str, u64, u64); 25] = [
        ("AU", 61_455_944_038, 61_455_944_039),
        ("AT", 43_676_800_442_031, 43_676_800_442_032),
        ("BE", 32_460_213_922, 32_460_213_923),
        ("CL", 56_229_140_630, 56_229_140_631),
        ("CZ", 420_790_542_286, 420_790_542_287),
        ("DK", 4_525_919_410, 4_525_919_215),
        ("EE", 37_282_720_792, 37_282_720_793),
        ("FI", 3_584_573_979_110, 3_584_573_979_111),
        ("FR", 33_755_512_501, 33_755_512_502),
        ("HK", 85_257_048_426, 85_257_048_854),
        ("HU", 36_707_178_770, 36_707_178_772),
        ("IT", 394_390_009_172, 394_390_009_174),
        ("JE", 447_937_404_990, 447_937_404_992),
        ("LU", 352_691_385_880, 352_691_385_882),
        ("NL", 3_197_008_100_148, 3_197_008_100_150),
        ("NO", 4_759_449_384, 4_759_449_387),
        ("PL", 48_732_141_440, 48_732_141_442),
        ("PT", 351_927_946_948, 351_927_946_950),
        ("RO", 40_783_900_330, 40_783_900_332),
        ("ES", 34_683_783_440, 34_683_783_442),
        ("SE", 46_790_645_100, 46_790_645_102),
        ("CH", 41_798_075_872, 41_798_075_874),
        ("TW", 886_903_444_630, 886_903_444_632),
        ("GB", 447_860_019_066, 447_860_019_067),
        ("US", 14_254_147_755, 14_254_147_167),
    ];
}
