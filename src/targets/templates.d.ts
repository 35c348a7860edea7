// What each template is given. Nothing is optional: an absent part is an empty list, because `{{#if missing}}` passes silently.
declare module '*/templates/docker-run.hbs' {
  interface DockerRun {
    header: string[];
    network: string;
    image: string;
    secrets: { name: string; does: string }[];
    command: { reason: string; words: string }[];
    beside: boolean;
    options: { reason: string; words: string }[];
    logging: string;
  }
  const render: (context: DockerRun) => string;
  export default render;
}

declare module '*/templates/dockerfile-rust.hbs' {
  interface DockerfileRust {
    header: string[];
    buildImage: string;
    runtimeImage: string;
    binary: string;
    alpine: boolean;
    buildPackages: string[];
    packages: string[];
    uid: string;
    gid: string;
    folders: string[];
    copy: string;
    title: string;
    scripts: string[];
    ports: string[];
    stopSignal: string;
    healthCheck: { options: string; test: string }[];
    entrypoint: string[];
    command: string[];
  }
  const render: (context: DockerfileRust) => string;
  export default render;
}

declare module '*/templates/dockerignore-rust.hbs' {
  interface DockerignoreRust {
    header: string[];
  }
  const render: (context: DockerignoreRust) => string;
  export default render;
}

declare module '*/templates/entrypoint-detection.hbs' {
  interface EntrypointDetection {
    root: string;
  }
  const render: (context: EntrypointDetection) => string;
  export default render;
}

declare module '*/templates/entrypoint.hbs' {
  interface Entrypoint {
    header: string[];
    stack: string;
    service: string;
    title: string;
    record: string;
    detection: string;
    cores: string;
    inputs: { name: string; value: string; variable: string }[];
    headroom: string;
    reserve: string;
    parameters: {
      name: string;
      variable: string;
      unit: string;
      grid: string;
      bounds: string;
      formula: string;
      proposal: string;
      formulaText: string;
      fitted: string;
      minimum: string;
      maximum: string;
      pin: string;
      asked: string;
      minimumName: string;
      maximumName: string;
      pinName: string;
      askedName: string;
      costs: { lines: string; text: string }[];
    }[];
    yields: { name: string; grid: string; floor: string }[];
    shared: { formula: string; names: string; parameters: { name: string; maximum: string; grid: string }[] }[];
    overrides: string[];
    secrets: { name: string; path: string }[];
    exports: { name: string; value: string }[];
    writes: { path: string; lines: string[] }[];
    first: string[];
    before: string[];
    arguments: string[];
    fileLines: string[];
  }
  const render: (context: Entrypoint) => string;
  export default render;
}

declare module '*/templates/env-example.hbs' {
  interface EnvExample {
    header: string[];
    parameters: {
      key: string;
      does: string;
      facts: { name: string; text: string }[];
      value: string;
      min: string;
      max: string;
    }[];
    settings: { reason: string; line: string }[];
    secrets: { does: string; line: string }[];
    secretsFile: string;
    sources: { key: string; text: string }[];
    expectations: { note: string; rows: string[]; stacking: string[] }[];
    limits: string;
    values: string[];
    configMap: string;
    bounds: string[];
  }
  const render: (context: EnvExample) => string;
  export default render;
}

declare module '*/templates/env.hbs' {
  interface Env {
    header: string[];
    values: { reason: string; line: string }[];
  }
  const render: (context: Env) => string;
  export default render;
}

declare module '*/templates/load-test.hbs' {
  interface LoadTest {
    header: string[];
    url: string;
    requests: string;
    concurrency: string;
    least: string;
  }
  const render: (context: LoadTest) => string;
  export default render;
}

declare module '*/templates/pulumi-program.hbs' {
  interface PulumiProgram {
    header: string[];
    name: string;
    configKey: string;
    plans: string;
    secrets: { name: string; keys: string }[];
  }
  const render: (context: PulumiProgram) => string;
  export default render;
}

declare module '*/templates/sysctl.hbs' {
  interface Sysctl {
    header: string[];
    lines: { reason: string; line: string }[];
  }
  const render: (context: Sysctl) => string;
  export default render;
}

declare module '*/templates/systemd-drop-in.hbs' {
  interface SystemdDropIn {
    header: string[];
    limits: { reason: string; line: string }[];
    environmentFiles: string[];
    before: { folder: string; command: string }[];
    shell: boolean;
  }
  const render: (context: SystemdDropIn) => string;
  export default render;
}

declare module '*/templates/systemd-unit.hbs' {
  interface SystemdUnit {
    header: string[];
    description: string;
    units: string[];
    user: string;
    group: string[];
    environmentFiles: string[];
    before: { folder: string; command: string }[];
    exec: string;
    stopSignal: string;
    stopReason: string;
    stopSeconds: string;
    files: string[];
    limits: { reason: string; line: string }[];
    capabilities: string[];
    writable: string[];
  }
  const render: (context: SystemdUnit) => string;
  export default render;
}

declare module '*/templates/terraform-decide.hbs' {
  interface TerraformDecide {
    header: string[];
    inputs: { name: string; type: string }[];
    inputValues: string[];
    cores: string;
    headroom: string;
    reserve: string;
    bounds: string[];
    blocks: { reason: string; locals: string[] }[];
    ledger: string[];
    parameters: string[];
    sharedMemory: string;
    startupSeconds: string;
  }
  const render: (context: TerraformDecide) => string;
  export default render;
}

declare module '*/templates/terraform-module.hbs' {
  interface TerraformModule {
    header: string[];
    policy: string;
    inputs: string[];
    values: string[];
  }
  const render: (context: TerraformModule) => string;
  export default render;
}

declare module '*/templates/terraform-readme.hbs' {
  interface TerraformReadme {
    header: string[];
    stack: string;
    services: { policy: string; label: string; arguments: string[] }[];
    locals: string[];
    demands: { text: string; label: string; handed: boolean }[];
    outputs: string[];
    constraints: { text: string; label: string; handed: boolean }[];
    pinned: { policy: string; pins: string; settings: string; why: string }[];
  }
  const render: (context: TerraformReadme) => string;
  export default render;
}

declare module '*/templates/terraform-variables.hbs' {
  interface TerraformVariables {
    header: string[];
    policy: string;
    maxCpuMillis: string;
    maxMemoryMiB: string;
    inputs: { name: string; type: string; description: string; default: string; condition: string; message: string }[];
    names: string;
    overrides: { name: string; description: string }[];
  }
  const render: (context: TerraformVariables) => string;
  export default render;
}
