// The positions of all groups by franz-go, the quickest client of the group
// coordinators there is: it asks each for many groups in one request.
//
//	franz BOOTSTRAP
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const deadline = time.Minute

func fetch(ctx context.Context, bootstrap string) (groups, positions int, err error) {
	client, err := kadm.NewOptClient(kgo.SeedBrokers(strings.Split(bootstrap, ",")...))
	if err != nil {
		return 0, 0, err
	}
	defer client.Close()
	listed, err := client.ListGroups(ctx)
	if err != nil {
		return 0, 0, err
	}
	// Stable positions, as tidemark asks for them.
	found := client.FetchManyOffsets(kadm.RequireStable(ctx), listed.Groups()...)
	if err := found.Error(); err != nil {
		return 0, 0, err
	}
	for _, group := range found {
		for _, topic := range group.Fetched {
			for _, each := range topic {
				if each.Err != nil {
					return 0, 0, each.Err
				}
				positions++
			}
		}
	}
	return len(found), positions, nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "franz: franz BOOTSTRAP")
		os.Exit(1)
	}
	ctx, stop := context.WithTimeout(context.Background(), deadline)
	defer stop()
	groups, positions, err := fetch(ctx, os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "franz:", err)
		os.Exit(1)
	}
	fmt.Printf("%d groups, %d positions\n", groups, positions)
}
