// Verifies a bundle with sigstore-js. Arguments: folder with node_modules, trusted root, bundle, artifact or "-",
// subject alternative name, issuer. Ends with 1 when the bundle is refused.
const fs = require('node:fs');
const [modules, rootPath, bundlePath, artifactPath, identity, issuer] = process.argv.slice(2);
const load = (name) => require(require.resolve(name, { paths: [modules] }));

const { bundleFromJSON } = load('@sigstore/bundle');
const { TrustedRoot } = load('@sigstore/protobuf-specs');
const { toSignedEntity, toTrustMaterial, Verifier } = load('@sigstore/verify');

const json = (path) => JSON.parse(fs.readFileSync(path, 'utf8'));
const bundle = bundleFromJSON(json(bundlePath));
const tokens = bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(json(rootPath))), {
  tlogThreshold: 1,
  ctlogThreshold: 1,
  tsaThreshold: tokens.length,
});

const artifact = artifactPath === '-' ? undefined : fs.readFileSync(artifactPath);
try {
  const signer = verifier.verify(toSignedEntity(bundle, artifact), {
    subjectAlternativeName: identity,
    extensions: { issuer },
  });
  console.log(`verified: ${signer.identity.subjectAlternativeName}`);
} catch (error) {
  console.error(`${error.name} ${error.code ?? ''} ${error.message}`);
  process.exit(1);
}
