//! Published vectors, those of the specification, and a naive tree to compare with.

use super::*;
use proptest::prelude::*;
use seals::{from_hex, hex};

fn bytes32(text: &str) -> Hash {
    from_hex(text).unwrap().try_into().unwrap()
}

/// The seven events of case HG-5100-2024-0137 (specification of reform 21, Proof).
fn events() -> Vec<String> {
    [
        ("2024-09-10T09:12:03", "address_confirmed"),
        ("2024-09-13T16:40:00", "notice_issued"),
        ("2024-09-13T23:58:37", "sent"),
        ("2024-09-13T23:58:41", "arrived"),
        ("2024-09-14T08:05:19", "opened"),
        ("2024-09-24T10:00:00", "decision_issued"),
        ("2024-09-24T10:00:09", "arrived"),
    ]
    .iter()
    .enumerate()
    .map(|(n, (t, kind))| {
        format!(r#"{{"case":"HG-5100-2024-0137","n":{n},"t":"{t}+08:00","type":"{kind}"}}"#)
    })
    .collect()
}

fn grown(leaves: &[impl AsRef<[u8]>]) -> Tree {
    let mut tree = Tree::default();
    for (n, leaf) in leaves.iter().enumerate() {
        assert_eq!(tree.append(leaf.as_ref()), n as u64);
    }
    tree
}

#[test]
fn s01_leaves_and_roots_of_the_case() {
    let events = events();
    let leaf = |n: usize| hex(&Profile::Sha256.leaf(events[n].as_bytes()));
    assert_eq!(leaf(0), "8d9f01a764ab813cf8f5f6c000993cdae7c1d25cde8792b7fa2acb7b7fc64770");
    assert_eq!(leaf(3), "0ff1571053e97262805cc42fa79a878aba13fedd14d9ef2e404f1735e8b6b38a");
    let tree = grown(&events);
    let root = |size| hex(&tree.root(size).unwrap());
    assert_eq!(root(4), "b7cb5f2ad84e1b8288347ab9e0db6018dc78475fccbb0669652982d34c436528");
    assert_eq!(root(7), "177d99aa45ca74a69c1e94ec5036299f625dd75e24884a34c9ed6dcd8a14d65a");
}

#[test]
fn s02_the_paths_of_the_case() {
    let tree = grown(&events());
    let third = bytes32("7a74de312639a0b3c68709e24114b6911066a5493417595690f15935b11938e7");
    let second = bytes32("d4d7965929c3f7376dc903a2576e1bd3e727ede6a47c5cd94dfd9cb7f1a4cdd0");
    let first = bytes32("1ac46b484e69641d101ff8b4ba1e7c6bccc862b7e15befe4d561f4597e8b6bac");
    assert_eq!(tree.inclusion(3, 7), Ok(vec![first, second, third]));
    assert_eq!(tree.consistency(4, 7), Ok(vec![third]));
    let leaf = |n: usize| Profile::Sha256.leaf(events()[n].as_bytes());
    assert_eq!(tree.consistency(3, 7), Ok(vec![leaf(2), leaf(3), second, third]));
}

#[test]
fn s03_the_reference_leaves_of_rfc_6962() {
    let leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let leaves: Vec<_> = leaves.iter().map(|leaf| from_hex(leaf).unwrap()).collect();
    let tree = grown(&leaves);
    for (size, starts, ends) in [(1, "6e340b9c", "a01d"), (3, "aeb6bcfe", "6e77")] {
        let root = hex(&tree.root(size).unwrap());
        assert!(root.starts_with(starts) && root.ends_with(ends), "{size}: {root}");
    }
    let root = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
    assert_eq!(hex(&tree.root(8).unwrap()), root);
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hex(&tree.root(0).unwrap()), empty);
    assert_eq!(tree.root(9), None);
}

#[test]
fn s05_another_arrival_has_another_root() {
    let events = events();
    let tree = grown(&events);
    let changed = events[3].replace("2024-09-13T23:58:41", "2024-09-12T23:58:41");
    let leaf = Profile::Sha256.leaf(changed.as_bytes());
    let (told, root) = (hex(&leaf), tree.root(7).unwrap());
    assert!(told.starts_with("5c54697d") && told.ends_with("5860"), "{told}");
    let path = tree.inclusion(3, 7).unwrap();
    let computed = root_from_inclusion(Profile::Sha256, &leaf, 3, 7, &path).unwrap();
    assert_eq!(hex(&computed), "8538afa5c78df433b5377b728214ef6034e4f2832a8eb7af69937bd7504be722");
    assert!(!verify_inclusion(&leaf, 3, 7, &path, &root));
    let other = Profile::Sha256.leaf(events[4].as_bytes());
    let path = tree.inclusion(4, 7).unwrap();
    assert!(verify_inclusion(&other, 4, 7, &path, &root), "other claims pass");
}

/// `MTH(D[n])` as the standard writes it down, without any cleverness.
fn naive_root(profile: Profile, leaves: &[Hash]) -> Hash {
    match leaves {
        [] => profile.empty(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(naive_split(leaves.len()));
            profile.node(&naive_root(profile, left), &naive_root(profile, right))
        }
    }
}

fn naive_split(count: usize) -> usize {
    let mut k = 1;
    while k * 2 < count {
        k *= 2;
    }
    k
}

/// `PATH(m, D[n])`.
fn naive_path(profile: Profile, m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = naive_split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, other) = if m < k {
        (naive_path(profile, m, left), naive_root(profile, right))
    } else {
        (naive_path(profile, m - k, right), naive_root(profile, left))
    };
    path.push(other);
    path
}

/// `SUBPROOF(m, D[n], b)`.
fn naive_proof(profile: Profile, m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![naive_root(profile, leaves)] };
    }
    let k = naive_split(leaves.len());
    let (left, right) = leaves.split_at(k);
    if m <= k {
        let mut proof = naive_proof(profile, m, left, whole);
        proof.push(naive_root(profile, right));
        proof
    } else {
        let mut proof = naive_proof(profile, m - k, right, false);
        proof.push(naive_root(profile, left));
        proof
    }
}

fn leaves(profile: Profile, count: usize) -> Vec<Hash> {
    (0..count).map(|n| profile.leaf(&n.to_be_bytes())).collect()
}

#[test]
fn the_order_of_hashes_is_that_of_their_making() {
    let mut at = 0;
    for leaf in 0_u64..2_000 {
        assert_eq!(hash_count(leaf), at);
        for level in 0..=(leaf + 1).trailing_zeros() {
            assert_eq!(hash_index(level, leaf >> level), at, "{level} {leaf}");
            at += 1;
        }
        assert_eq!(size_within(at), leaf + 1);
        let within = size_within(at + 1);
        assert!(hash_count(within) <= at + 1 && hash_count(within + 1) > at + 1);
    }
}

#[test]
fn every_tree_of_up_to_70_leaves_agrees_with_the_naive_one() {
    for profile in [Profile::Sha256, Profile::Sm3] {
        let all = leaves(profile, 70);
        let mut tree = Tree::in_memory(profile);
        for leaf in &all {
            tree.append_hash(*leaf);
        }
        for new in 1..=70_usize {
            let part = &all[..new];
            let root = naive_root(profile, part);
            assert_eq!(tree.root(new as u64), Some(root));
            for index in 0..new {
                let path = tree.inclusion(index as u64, new as u64).unwrap();
                assert_eq!(path, naive_path(profile, index, part));
                let holds = |leaf: &Hash, index: usize, path: &[Hash]| {
                    profile.verify_inclusion(leaf, index as u64, new as u64, path, &root)
                };
                assert!(holds(&all[index], index, &path));
                assert!(!holds(&all[(index + 1) % 70], index, &path));
                assert!(new == 1 || !holds(&all[index], (index + 1) % new, &path));
            }
            for old in 0..=new {
                let proof = tree.consistency(old as u64, new as u64).unwrap();
                let expected =
                    if old == 0 { Vec::new() } else { naive_proof(profile, old, part, true) };
                assert_eq!(proof, expected, "{old} to {new}");
                let before = naive_root(profile, &all[..old]);
                let holds = |before: &Hash, proof: &[Hash]| {
                    profile.verify_consistency((old as u64, before), (new as u64, &root), proof)
                };
                assert!(holds(&before, &proof), "{old} to {new}");
                assert!(!holds(&[7; 32], &proof), "{old} to {new}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_large_tree_on_disk_agrees_with_the_naive_one(
        sizes in prop::collection::vec(1_usize..1_500, 2..6),
        pick in any::<prop::sample::Index>(),
        flip in any::<prop::sample::Index>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hashes");
        let total: usize = sizes.iter().sum();
        let all = leaves(Profile::Sha256, total);
        let mut tree = Tree::open(Profile::Sha256, &file, 0).unwrap();
        let mut at = 0;
        // Closed and opened again at each of these sizes.
        for more in &sizes {
            for leaf in &all[at..at + more] {
                tree.append_hash(*leaf);
            }
            at += more;
            tree.flush(false).unwrap();
            tree = Tree::open(Profile::Sha256, &file, at as u64).unwrap();
            prop_assert_eq!(tree.root(at as u64), Some(naive_root(Profile::Sha256, &all[..at])));
        }
        let index = pick.index(total);
        let size = index + 1 + flip.index(total - index);
        let root = tree.root(size as u64).unwrap();
        let mut path = tree.inclusion(index as u64, size as u64).unwrap();
        prop_assert_eq!(&path, &naive_path(Profile::Sha256, index, &all[..size]));
        prop_assert!(verify_inclusion(&all[index], index as u64, size as u64, &path, &root));
        if !path.is_empty() {
            let which = flip.index(path.len());
            path[which][flip.index(32)] ^= 1;
            prop_assert!(!verify_inclusion(&all[index], index as u64, size as u64, &path, &root));
            path.pop();
            prop_assert!(!verify_inclusion(&all[index], index as u64, size as u64, &path, &root));
        }
        let mut proof = tree.consistency(size as u64, total as u64).unwrap();
        let of_all = tree.root(total as u64).unwrap();
        prop_assert!(verify_consistency(size as u64, total as u64, &root, &of_all, &proof));
        if !proof.is_empty() {
            let which = flip.index(proof.len());
            proof[which][flip.index(32)] ^= 1;
            prop_assert!(!verify_consistency(size as u64, total as u64, &root, &of_all, &proof));
        }
        let nodes = tree.nodes(0, index as u64, (size - index) as u64).unwrap();
        prop_assert_eq!(&nodes[..], &all[index..size]);
    }
}

#[test]
fn what_lies_outside_is_refused() {
    let tree = grown(&events());
    assert_eq!(tree.inclusion(7, 7), Err(RangeError::Outside { index: 7, size: 7 }));
    assert_eq!(tree.inclusion(0, 8), Err(RangeError::NotYet { asked: 8, found: 7 }));
    assert_eq!(tree.inclusion(0, 0), Err(RangeError::Outside { index: 0, size: 0 }));
    assert_eq!(tree.consistency(5, 4), Err(RangeError::Outside { index: 5, size: 4 }));
    assert_eq!(tree.consistency(4, 8), Err(RangeError::NotYet { asked: 8, found: 7 }));
    assert!(tree.node(63, u64::MAX).is_err());
    assert!(tree.nodes(0, 6, 2).is_err());
    assert!(tree.nodes(1, 0, 4).is_err());
}
