// Package storage stands in for Rekor's storage of attestations, which wants the client library of a cloud: ours keeps
// them in memory.
package storage

import (
	"context"
	"fmt"
	"sync"
)

// AttestationStorage is what Rekor's API calls.
type AttestationStorage interface {
	StoreAttestation(ctx context.Context, key string, attestation []byte) error
	FetchAttestation(ctx context.Context, key string) ([]byte, error)
}

type memory struct {
	kept sync.Map
}

// NewAttestationStorage returns an empty storage.
func NewAttestationStorage() (AttestationStorage, error) {
	return &memory{}, nil
}

func (m *memory) StoreAttestation(_ context.Context, key string, attestation []byte) error {
	m.kept.Store(key, attestation)
	return nil
}

func (m *memory) FetchAttestation(_ context.Context, key string) ([]byte, error) {
	attestation, found := m.kept.Load(key)
	if !found {
		return nil, fmt.Errorf("attestation %s does not exist", key)
	}
	return attestation.([]byte), nil
}
