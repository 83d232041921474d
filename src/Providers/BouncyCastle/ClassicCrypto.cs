namespace SigstorePS.Providers.BouncyCastle;
