/**
 * The two real programs that a run needs, at the one version each that this suite was tried with.
 * A report would mean something else with another version, so a near miss is refused, not tolerated.
 */

export type ToolName = 'toxiproxy' | 'k6';

export interface PinnedTool {
  readonly name: ToolName;
  readonly version: string;
  /** What the program is called on PATH. */
  readonly executable: string;
  /** The environment variable that holds an explicit path. */
  readonly pathVariable: string;
  /** The environment variable that replaces the container image, for a mirror or one built locally. */
  readonly imageVariable: string;
  /** The official image. */
  readonly image: string;
  readonly versionArguments: readonly string[];
  /** Its first group is the version in what `versionArguments` print. */
  readonly versionPattern: RegExp;
  /** The package of the tools module that builds it. */
  readonly goPackage: string;
  /** Toxiproxy calls itself "git" unless the linker is told otherwise. */
  readonly linkerFlags: string;
}

const STRIPPED = '-s -w';

export const PINNED_TOOLS: Readonly<Record<ToolName, PinnedTool>> = {
  toxiproxy: {
    name: 'toxiproxy',
    version: '2.12.0',
    executable: 'toxiproxy-server',
    pathVariable: 'MCP_GAUNTLET_TOXIPROXY',
    imageVariable: 'MCP_GAUNTLET_TOXIPROXY_IMAGE',
    image: 'ghcr.io/shopify/toxiproxy:2.12.0',
    versionArguments: ['-version'],
    versionPattern: /version (\S+)/,
    goPackage: 'github.com/Shopify/toxiproxy/v2/cmd/server',
    linkerFlags: `${STRIPPED} -X github.com/Shopify/toxiproxy/v2.Version=2.12.0`,
  },
  k6: {
    name: 'k6',
    version: '2.2.0',
    executable: 'k6',
    pathVariable: 'MCP_GAUNTLET_K6',
    imageVariable: 'MCP_GAUNTLET_K6_IMAGE',
    image: 'grafana/k6:2.2.0',
    versionArguments: ['version'],
    versionPattern: /^\S+ v(\d\S*)/m,
    goPackage: 'go.k6.io/k6/v2',
    linkerFlags: STRIPPED,
  },
};
