//! Pure computation of real-estate registration (不动产登记).
