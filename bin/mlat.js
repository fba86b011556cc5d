#!/usr/bin/env node
import { main, nodeIo } from '../dist/cli/main.js';

process.exitCode = await main(nodeIo());
