//! Money as documents print it: grouped digits and Chinese capitals.

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];

/// An amount in Chinese capitals (大写金额), such as `伍佰万元整` or `壹仟零壹元零伍分`.
///
/// # Source
/// 支付结算办法 (银发〔1997〕393号) annex 1, items 1 to 3: 整 after 元 or 角, one 零 for a run of empty places.
#[must_use]
pub fn chinese_capitals(fen: i64) -> String {
    let amount = fen.unsigned_abs();
    let (yuan, rest) = (amount / 100, amount % 100);
    let (jiao, fen_digit) = (rest / 10, rest % 10);
    let mut out = String::new();
    if fen < 0 {
        out.push('负');
    }
    if yuan > 0 || rest == 0 {
        out.push_str(&whole(yuan));
        out.push('元');
    }
    match (jiao, fen_digit) {
        (0, 0) => out.push('整'),
        (0, f) => {
            if yuan > 0 {
                out.push('零');
            }
            out.push(digit(f));
            out.push('分');
        }
        (j, 0) => {
            out.push(digit(j));
            out.push_str("角整");
        }
        (j, f) => {
            out.push(digit(j));
            out.push('角');
            out.push(digit(f));
            out.push('分');
        }
    }
    out
}

/// An amount in yuan with grouped digits and two decimals, such as `5,000,000.00`.
#[must_use]
pub fn grouped_yuan(fen: i64) -> String {
    let amount = fen.unsigned_abs();
    let digits = (amount / 100).to_string();
    let mut out = String::new();
    if fen < 0 {
        out.push('-');
    }
    for (index, figure) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(figure);
    }
    out.push_str(&format!(".{:02}", amount % 100));
    out
}

/// An amount in 万元 without needless zeros, such as `500` or `33.333333`.
pub(crate) fn wan_yuan(fen: i64) -> String {
    let amount = fen.unsigned_abs();
    let sign = if fen < 0 { "-" } else { "" };
    let (whole, rest) = (amount / 1_000_000, amount % 1_000_000);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let decimals = format!("{rest:06}");
    format!("{sign}{whole}.{}", decimals.trim_end_matches('0'))
}

fn digit(value: u64) -> char {
    usize::try_from(value).ok().and_then(|index| DIGITS.get(index)).copied().unwrap_or('零')
}

fn whole(yuan: u64) -> String {
    if yuan == 0 {
        return "零".to_owned();
    }
    let mut groups = Vec::new();
    let mut rest = yuan;
    while rest > 0 {
        groups.push(rest % 10_000);
        rest /= 10_000;
    }
    let mut out = String::new();
    let mut gap = false;
    for (index, group) in groups.iter().enumerate().rev() {
        if *group == 0 {
            gap = true;
            continue;
        }
        // One 零 stands for empty places before the group or at its head.
        if !out.is_empty() && (gap || *group < 1_000) {
            out.push('零');
        }
        out.push_str(&four(*group));
        out.push_str(GROUPS.get(index).copied().unwrap_or_default());
        gap = false;
    }
    out
}

fn four(group: u64) -> String {
    let mut out = String::new();
    let mut gap = false;
    for place in (0..4_u32).rev() {
        let value = group / 10_u64.pow(place) % 10;
        if value == 0 {
            gap = true;
            continue;
        }
        if gap && !out.is_empty() {
            out.push('零');
        }
        out.push(digit(value));
        out.push_str(
            usize::try_from(place).ok().and_then(|i| PLACES.get(i)).copied().unwrap_or_default(),
        );
        gap = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_follow_the_payment_rules() {
        for (fen, text) in [
            (0, "零元整"),
            (5, "伍分"),
            (50, "伍角整"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (100_100, "壹仟零壹元整"),
            (140_950, "壹仟肆佰零玖元伍角整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (168_032, "壹仟陆佰捌拾元叁角贰分"),
            (10_700_053, "壹拾万柒仟元伍角叁分"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (500_000_000, "伍佰万元整"),
            (10_000_000_000, "壹亿元整"),
            (1_000_000_500, "壹仟万零伍元整"),
            (100_010_000_000, "壹拾亿零壹拾万元整"),
            (-100, "负壹元整"),
        ] {
            assert_eq!(chinese_capitals(fen), text, "{fen}");
        }
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (fen, text, wan) in [
            (0, "0.00", "0"),
            (99, "0.99", "0.000099"),
            (500_000_000, "5,000,000.00", "500"),
            (33_333_333, "333,333.33", "33.333333"),
            (-123_456, "-1,234.56", "-0.123456"),
            (i64::MAX, "92,233,720,368,547,758.07", "9223372036854.775807"),
        ] {
            assert_eq!(grouped_yuan(fen), text);
            assert_eq!(wan_yuan(fen), wan);
        }
    }
}
